// Filter, search and order of the long lists, kept in the address. The page says everything without this script.
"use strict";

(() => {
  const number = (name) => (row) => Number(row.dataset[name]);
  const falling = (name) => (a, b) => number(name)(b) - number(name)(a) || number("place")(a) - number("place")(b);
  const rising = (name) => (a, b) => number(name)(a) - number(name)(b);

  // A table by its id: what its rows are, the values that become buttons, those that become a choice, its orders.
  const tables = {
    verdicts: {
      noun: "claims",
      buttons: "verdict",
      choices: { who: "Said by" },
      orders: {
        "Order of the article": rising("place"),
        "Certainty, highest first": falling("certainty"),
        "People, most first": falling("people"),
      },
    },
    "study-list": {
      noun: "studies",
      search: true,
      choices: { kind: "Kind", outcome: "Measured" },
      orders: {
        "Name": rising("place"),
        "Year, newest first": falling("year"),
        "People, most first": falling("people"),
        "Claims, most first": falling("claims"),
      },
    },
  };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // What a row has of a name; "a|b" are two values.
  const values = (row, name) => (row.dataset[name] ?? "").split("|").filter(Boolean);

  const chooser = (options) =>
    element("select", {}, ...options.map(([value, text]) => element("option", { value, textContent: text })));

  // A control with its name beside it; the name alone is what a screen reader says, not the options too.
  const named = (label, control, className = "") => {
    control.setAttribute("aria-label", label);
    return element("label", { className }, label, control);
  };

  // One button a value, of which one is pressed; read and set by its `value` as a select is.
  const buttonGroup = (known, changed) => {
    const buttons = known.map((value) => element("button", { type: "button", value, textContent: value || "All" }));
    const group = {
      buttons,
      get value() { return buttons.find((one) => one.getAttribute("aria-pressed") === "true").value; },
      set value(chosen) {
        const pressed = known.includes(chosen) ? chosen : "";
        for (const one of buttons) one.setAttribute("aria-pressed", String(one.value === pressed));
      },
    };
    for (const one of buttons) one.addEventListener("click", () => { group.value = one.value; changed(); });
    group.value = "";
    return group;
  };

  // What a search looks at: a row, and the heading of the small section that it stands in.
  const searched = (row) => {
    const heading = row.closest("section")?.querySelector(":scope > h3");
    return `${row.textContent} ${heading?.textContent ?? ""}`.toLowerCase();
  };

  // "find=vastus&kind=randomised trial": the controls by their names in the address; another anchor sets none.
  const readHash = (controls) => {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const [name, control] of Object.entries(controls)) {
      control.value = given.get(name) ?? "";
      if (control.selectedIndex === -1) control.value = "";
    }
  };

  const writeHash = (controls) => {
    const set = Object.entries(controls).filter(([, control]) => control.value);
    const text = new URLSearchParams(set.map(([name, control]) => [name, control.value])).toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };

  // Controls before `place` for `rows`; sections that are left without a row are hidden with them.
  const addControls = (place, rows, { noun, buttons = "", choices = {}, search = false, orders }, sections = []) => {
    const inOrder = [...rows];
    const controls = {};
    const tests = [];
    const parts = [];
    const count = element("p", { className: "cb-note" });
    count.setAttribute("role", "status");

    const show = () => {
      for (const row of rows) row.hidden = !tests.every((test) => test(row));
      for (const [section, inside] of sections) section.hidden = inside.every((row) => row.hidden);
      if (orders) inOrder[0].parentElement.append(...inOrder.sort(orders[controls.order.value] ?? Object.values(orders)[0]));
      count.textContent = `Showing ${rows.filter((row) => !row.hidden).length} of ${rows.length} ${noun}.`;
    };
    const changed = () => { show(); writeHash(controls); };

    if (search) {
      const field = element("input", { type: "search" });
      const texts = new Map(rows.map((row) => [row, searched(row)]));
      field.addEventListener("input", changed);
      tests.push((row) => field.value.toLowerCase().split(/\s+/).every((word) => texts.get(row).includes(word)));
      controls.find = field;
      parts.push(named("Find", field, "cb-search"));
    }

    if (buttons) {
      const group = buttonGroup(["", ...new Set(rows.map((row) => row.dataset[buttons]))], changed);
      tests.push((row) => group.value === "" || row.dataset[buttons] === group.value);
      controls[buttons] = group;
      parts.push(...group.buttons);
    }

    for (const [name, label] of Object.entries(choices)) {
      const known = rows.flatMap((row) => values(row, name));
      const distinct = [...new Set(known)].sort((a, b) => a.localeCompare(b));
      if (distinct.length < 2) continue;
      const counted = distinct.map((value) => [value, `${value} (${known.filter((one) => one === value).length})`]);
      const select = chooser([["", "any"], ...counted]);
      select.addEventListener("change", changed);
      tests.push((row) => select.value === "" || values(row, name).includes(select.value));
      controls[name] = select;
      parts.push(named(label, select));
    }

    if (orders) {
      const [own, ...others] = Object.keys(orders);
      controls.order = chooser([["", own], ...others.map((name) => [name, name])]);
      controls.order.addEventListener("change", changed);
      parts.push(named("Order", controls.order));
    }

    const group = element("div", { className: "cb-controls" }, ...parts);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Find and order ${noun}`);
    place.before(group, count);
    const read = () => { readHash(controls); show(); };
    window.addEventListener("hashchange", read);
    read();
  };

  // A search over what the page names, such as the references.
  const addFinder = (place) => {
    const { noun, rows: selector } = place.dataset;
    const home = place.closest("section");
    const rows = [...home.querySelectorAll(selector)];
    const sections = [...home.querySelectorAll("section")].map((one) => [one, [...one.querySelectorAll(selector)]]);
    addControls(place, rows, { noun, search: true }, sections.filter(([, inside]) => inside.length));
  };

  // What an address names is shown, even where it is folded.
  const reveal = () => {
    const target = document.querySelector(":target");
    for (let fold; (fold = target?.closest("details:not([open])")); ) fold.open = true;
    target?.scrollIntoView();
  };

  const start = () => {
    for (const [id, settings] of Object.entries(tables)) {
      const table = document.getElementById(id);
      if (!(table instanceof HTMLTableElement) || table.tBodies[0].rows.length < 2) continue;
      addControls(table, [...table.tBodies[0].rows], settings);
    }
    for (const place of document.querySelectorAll(".cb-finder")) addFinder(place);
    window.addEventListener("hashchange", reveal);
    reveal();
    // A wide table of a hand-written page scrolls in its own box, which a keyboard must reach.
    for (const wide of document.querySelectorAll(".bd-article table:not(.cb-table)")) wide.tabIndex = 0;
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
