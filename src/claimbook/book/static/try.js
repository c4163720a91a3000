// Try your own choices: studies in and out, the model, the worthwhile effect. The page says all that the book
// says without this script, and the script says nothing before it has made the book's own result again.
"use strict";

(() => {
  const { MODELS, pool, subsets } = claimbookPooling;
  const MINUS = "\u2212";
  const TOLERANCE = 1e-6;
  const SVG = "http://www.w3.org/2000/svg";

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const drawn = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const labelled = (label, control) => element("label", {}, control, element("span", { textContent: label }));

  // Numbers as the book prints them, on the scale that readers know.
  const shownAs = (scale) => {
    const value = (y) => (scale.log ? Math.exp(y) : y);
    const usual = (width) => {
      if (scale.decimals !== null) return scale.decimals;
      return width > 0 ? Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 2;
    };
    // As many more decimals as keep a limit from being printed as no effect, which it is not.
    const digits = (from, to) => {
      const none = scale.log ? 1 : 0;
      const hides = (n) => [from, to].some((x) => x !== none && Number(x.toFixed(n)) === none);
      const first = usual(to - from);
      let n = first;
      while (n < 6 && hides(n)) n += 1;
      return hides(n) ? first : n;
    };
    const number = (x, decimals) => {
      const text = x.toFixed(decimals);
      return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
    };
    const effect = ([y, low, high], unit = scale.unit) => {
      const [from, to] = [value(low), value(high)];
      const decimals = digits(from, to);
      const ends = `${number(from, decimals)} to ${number(to, decimals)}`;
      return `${number(value(y), decimals)}${unit} (${ends})`;
    };
    return { value, effect, inner: (x) => (scale.log ? Math.log(x) : x) };
  };

  // "x=a,b&m=DL z&mid=0.3": the studies left out, the model, the worthwhile effect; null for another anchor.
  const readHash = (data) => {
    const given = new URLSearchParams(location.hash.slice(1));
    if (!["x", "m", "mid"].some((key) => given.has(key))) return null;
    const out = (given.get("x") || "").split(",");
    const mid = Number(given.get("mid"));
    return {
      out: new Set(data.studies.map((study) => study.id).filter((id) => out.includes(id))),
      model: given.get("m") in MODELS ? given.get("m") : data.default,
      mid: mid > 0 && Number.isFinite(mid) ? mid : data.mid,
    };
  };

  const writeHash = (data, state) => {
    const given = new URLSearchParams();
    if (state.out.size) given.set("x", [...state.out].join(","));
    if (state.model !== data.default) given.set("m", state.model);
    if (state.mid !== data.mid) given.set("mid", state.mid);
    const text = given.toString();
    const replaces = text !== "" || readHash(data) !== null; // another anchor stays
    if (replaces) history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    return text !== "";
  };

  const pooledOf = (data, indices, model) => {
    const [y, v] = ["yi", "vi"].map((key) => indices.map((i) => data.studies[i][key]));
    return pool(y, v, model, data.level, data.z);
  };

  const reproduces = (data) => {
    const all = data.studies.map((study, i) => i);
    const ours = pooledOf(data, all, data.default);
    const pairs = [["estimate", "b"], ["low", "lo"], ["high", "hi"], ["tau2", "tau2"]];
    const near = (a, b) => Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
    return pairs.every(([mine, golden]) => near(ours[mine], data.golden[golden]));
  };

  // Where an interval lies against the worthwhile effect; the certainty is not rated again.
  const lies = (low, high, band) => {
    if (low >= band || high <= -band) return "The whole interval lies beyond the worthwhile effect.";
    if (low > -band && high < band) return "The whole interval lies inside the band of effects too small to matter.";
    if (low > 0 || high < 0) return "The interval leaves out no difference, and holds effects too small to matter.";
    return "The interval holds no difference.";
  };

  const ranked = (data, estimate, size, model) => {
    const drawn = subsets(data.studies.length, size);
    const others = drawn.map((indices) => pooledOf(data, indices, model).estimate);
    const below = others.filter((other) => other < estimate - 1e-12).length;
    const share = Math.round((100 * below) / others.length);
    const count = others.length.toLocaleString("en");
    const which = data.studies.length > 12 ? `${count} subsets as large, drawn at random` : `all ${count} subsets of two and more`;
    return `Of ${which}, ${share} % give a lower effect than yours.`;
  };

  // One interval as a small picture beside its numbers, which say the same.
  const picture = ([low, high], ends, band, kind) => {
    const at = (value) => (100 * (Math.min(Math.max(value, low), high) - low)) / (high - low);
    const [y, from, to] = ends.map(at);
    const svg = drawn("svg", { viewBox: "0 0 100 16", preserveAspectRatio: "none", "aria-hidden": "true" });
    svg.append(drawn("rect", { x: at(-band), y: 0, width: at(band) - at(-band), height: 16, class: "cb-try-band" }));
    svg.append(drawn("line", { x1: at(0), x2: at(0), y1: 0, y2: 16, class: "cb-try-null" }));
    svg.append(drawn("line", { x1: from, x2: to, y1: 8, y2: 8, class: "cb-try-line" }));
    const points = kind === "pooled" ? `${from},8 ${y},2 ${to},8 ${y},14` : `${y - 1},4 ${y + 1},4 ${y + 1},12 ${y - 1},12`;
    svg.append(drawn("polygon", { points, class: kind === "pooled" ? "cb-diamond" : "cb-box" }));
    return svg;
  };

  const build = (place, data) => {
    const shown = shownAs(data.scale);
    const original = () => ({ out: new Set(), model: data.default, mid: data.mid });
    let state = readHash(data) || original();

    const status = element("p", { className: "cb-try-said" });
    status.setAttribute("role", "status");
    const link = element("input", { type: "text", readOnly: true, hidden: true });
    link.setAttribute("aria-label", "Link to your version");
    const reset = element("button", { type: "button", textContent: "Back to the book's version" });
    const copy = element("button", { type: "button", textContent: "Copy the link" });
    const banner = element("div", { className: "cb-try-banner", hidden: true }, element("strong", { textContent: "Your version, not the book's." }), reset, copy, link);

    const models = Object.entries(MODELS).map(([key, { label }]) => {
      const own = key === data.default ? `${label}: the book's` : label;
      const radio = element("input", { type: "radio", name: "cb-model", value: key });
      radio.addEventListener("change", () => change({ model: key }));
      return labelled(own, radio);
    });
    const most = shown.value(data.reach);
    const least = data.scale.log ? 1 : 0;
    const limits = { min: least, max: most, step: "any" };
    const slider = element("input", { type: "range", ...limits });
    const exact = element("input", { type: "number", ...limits });
    for (const input of [slider, exact]) {
      input.addEventListener("input", () => {
        const value = Number(Number(input.value).toPrecision(2));
        if (value > least) change({ mid: value });
      });
    }
    slider.setAttribute("aria-label", "Smallest worthwhile effect, as a slider");

    const rows = data.studies.map((study) => {
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", () => {
        const out = new Set(state.out);
        if (box.checked) out.delete(study.id);
        else out.add(study.id);
        change({ out });
      });
      const margin = data.z * Math.sqrt(study.vi);
      const ends = [study.yi, study.yi - margin, study.yi + margin];
      const [weight, plot] = [element("td"), element("td", { className: "cb-try-plot" })];
      const head = element("th", { scope: "row" }, labelled(study.label, box));
      const effect = element("td", { textContent: shown.effect(ends, "") });
      return { study, box, ends, weight, plot, line: element("tr", {}, head, effect, weight, plot) };
    });
    const total = { effect: element("td"), plot: element("td", { className: "cb-try-plot" }) };
    const last = element("tr", { className: "cb-try-total" }, element("th", { scope: "row", textContent: "Pooled" }), total.effect, element("td"), total.plot);
    const unit = data.scale.unit ? `,${data.scale.unit}` : "";
    const heads = ["Study", `Effect${unit} (95 % interval)`, "Weight", "Picture"];
    const table = element("table", { className: "cb-try-table" },
      element("caption", { textContent: "The studies of your version" }),
      element("thead", {}, element("tr", {}, ...heads.map((name) => element("th", { scope: "col", textContent: name })))),
      element("tbody", {}, ...rows.map((row) => row.line), last));

    const draw = () => {
      const kept = rows.map((row, i) => i).filter((i) => !state.out.has(rows[i].study.id));
      const band = shown.inner(state.mid);
      const mine = kept.length ? pooledOf(data, kept, state.model) : null;
      rows.forEach((row, i) => {
        const held = kept.indexOf(i);
        row.box.checked = held >= 0;
        row.line.classList.toggle("cb-try-out", held < 0);
        row.weight.textContent = held < 0 ? "\u2013" : `${(100 * mine.weights[held]).toFixed(1)} %`;
        row.plot.replaceChildren(picture(data.axis, row.ends, band, "study"));
      });
      const ends = mine && [mine.estimate, mine.low, mine.high];
      total.effect.textContent = mine ? shown.effect(ends, "") : "no study left";
      total.plot.replaceChildren(...(mine ? [picture(data.axis, ends, band, "pooled")] : []));
      for (const label of models) label.firstChild.checked = label.firstChild.value === state.model;
      for (const input of [slider, exact]) if (Number(input.value) !== state.mid) input.value = state.mid;
      const changed = writeHash(data, state);
      banner.hidden = !changed;
      link.hidden = true;
      const result = mine ? shown.effect(ends) : "no study left";
      const said = [];
      if (mine) said.push(lies(mine.low, mine.high, band));
      if (mine && state.out.size && kept.length > 1) said.push(ranked(data, mine.estimate, kept.length, state.model));
      if (changed) said.push("The certainty is not rated again here.");
      const first = element("strong", { textContent: `${kept.length} of ${rows.length} comparisons: ${result}.` });
      status.replaceChildren(first, ` ${said.join(" ")}`);
    };

    const change = (part) => {
      state = { ...state, ...part };
      draw();
    };

    reset.addEventListener("click", () => change(original()));
    copy.addEventListener("click", async () => {
      link.value = location.href;
      link.hidden = false;
      link.select();
      try {
        await navigator.clipboard.writeText(location.href);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "The link is selected: copy it";
      }
    });

    const chosen = element("div", { className: "cb-try-controls" },
      element("fieldset", {}, element("legend", { textContent: "Model" }), ...models),
      element("fieldset", {}, element("legend", { textContent: `Smallest worthwhile effect${unit}` }), slider, labelled("exactly", exact)));
    const mine = readHash(data) !== null;
    const note = element("p", { className: "cb-note", textContent: "Untick a study, take another model, move the worthwhile effect. It is computed on this page; nothing is sent." });
    place.append(element("details", { open: mine }, element("summary", { textContent: "Try your own choices" }), note, banner, chosen, status, table));
    if (mine) place.scrollIntoView();
    window.addEventListener("hashchange", () => {
      const asked = readHash(data);
      if (asked) change(asked);
    });
    draw();
  };

  const start = () => {
    const [place, source] = ["try", "cb-data"].map((id) => document.getElementById(id));
    if (!place || !source) return;
    const data = JSON.parse(source.textContent);
    data.default = `${data.default.model} ${data.default.ci}`;
    if (reproduces(data)) build(place, data);
    else place.append(element("p", { className: "cb-note", textContent: "Trying your own choices is switched off: this browser does not compute the book's own result again." }));
  };

  start();
})();
