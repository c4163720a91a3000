// Filter and order of the verdict table. The page says everything without this script; it only adds controls.
"use strict";

(() => {
  const orders = {
    "Order of the article": (a, b) => a.dataset.place - b.dataset.place,
    "Certainty, highest first": (a, b) => b.dataset.certainty - a.dataset.certainty || a.dataset.place - b.dataset.place,
    "People, most first": (a, b) => b.dataset.people - a.dataset.people || a.dataset.place - b.dataset.place,
  };

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  const addControls = (table) => {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const count = element("p", { className: "cb-note" });
    count.setAttribute("role", "status");

    const show = (verdict) => {
      for (const row of rows) row.hidden = verdict !== "" && row.dataset.verdict !== verdict;
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = `Showing ${shown} of ${rows.length} claims.`;
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === verdict));
    };

    const verdicts = [...new Set(rows.map((row) => row.dataset.verdict))];
    const buttons = ["", ...verdicts].map((verdict) => {
      const button = element("button", { type: "button", value: verdict, textContent: verdict || "All" });
      button.addEventListener("click", () => show(verdict));
      return button;
    });

    const select = element("select", {}, ...Object.keys(orders).map((name) => element("option", { textContent: name })));
    select.addEventListener("change", () => body.append(...rows.sort(orders[select.value])));

    const controls = element("div", { className: "cb-controls" }, ...buttons, element("label", {}, "Order", select));
    controls.setAttribute("role", "group");
    controls.setAttribute("aria-label", "Filter and order the claims");
    table.before(controls, count);
    show("");
  };

  const start = () => {
    const table = document.querySelector("table.cb-verdicts");
    if (table && table.tBodies[0].rows.length > 1) addControls(table);
    // A wide table of a hand-written page scrolls in its own box, which a keyboard must reach.
    for (const wide of document.querySelectorAll(".bd-article table:not(.cb-table)")) wide.tabIndex = 0;
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
