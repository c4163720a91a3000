// Filter, search and order of the long tables. The page says everything without this script; it only adds controls.
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

  const chooser = (label, options, changed) => {
    const select = element("select", {}, ...options.map(([value, text]) => element("option", { value, textContent: text })));
    select.addEventListener("change", changed);
    return [select, named(label, select)];
  };

  // A control with its name beside it; the name alone is what a screen reader says, not the options too.
  const named = (label, control, className = "") => {
    control.setAttribute("aria-label", label);
    return element("label", { className }, label, control);
  };

  const addControls = (table, { noun, buttons = "", choices = {}, search = false, orders }) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const tests = [];
    const parts = [];
    const count = element("p", { className: "cb-note" });
    count.setAttribute("role", "status");

    const show = () => {
      for (const row of rows) row.hidden = !tests.every((test) => test(row));
      count.textContent = `Showing ${rows.filter((row) => !row.hidden).length} of ${rows.length} ${noun}.`;
    };

    if (search) {
      const field = element("input", { type: "search" });
      const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
      field.addEventListener("input", show);
      tests.push((row) => field.value.toLowerCase().split(/\s+/).every((word) => texts.get(row).includes(word)));
      parts.push(named("Find", field, "cb-search"));
    }

    if (buttons) {
      let chosen = "";
      const pressed = [];
      const press = (value) => {
        chosen = value;
        for (const button of pressed) button.setAttribute("aria-pressed", String(button.value === chosen));
      };
      for (const value of ["", ...new Set(rows.map((row) => row.dataset[buttons]))]) {
        const button = element("button", { type: "button", value, textContent: value || "All" });
        button.addEventListener("click", () => { press(value); show(); });
        pressed.push(button);
      }
      press("");
      tests.push((row) => chosen === "" || row.dataset[buttons] === chosen);
      parts.push(...pressed);
    }

    for (const [name, label] of Object.entries(choices)) {
      const known = rows.flatMap((row) => values(row, name));
      const distinct = [...new Set(known)].sort((a, b) => a.localeCompare(b));
      const counted = distinct.map((value) => [value, `${value} (${known.filter((one) => one === value).length})`]);
      const [select, made] = chooser(label, [["", "any"], ...counted], show);
      tests.push((row) => select.value === "" || values(row, name).includes(select.value));
      if (distinct.length > 1) parts.push(made);
    }

    const names = Object.keys(orders).map((name) => [name, name]);
    const [select, order] = chooser("Order", names, () => body.append(...rows.sort(orders[select.value])));
    const controls = element("div", { className: "cb-controls" }, ...parts, order);
    controls.setAttribute("role", "group");
    controls.setAttribute("aria-label", `Filter and order the ${noun}`);
    table.before(controls, count);
    show();
  };

  const start = () => {
    for (const [id, settings] of Object.entries(tables)) {
      const table = document.getElementById(id);
      if (table instanceof HTMLTableElement && table.tBodies[0].rows.length > 1) addControls(table, settings);
    }
    // A wide table of a hand-written page scrolls in its own box, which a keyboard must reach.
    for (const wide of document.querySelectorAll(".bd-article table:not(.cb-table)")) wide.tabIndex = 0;
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
