// For jupyter-book 2: a block of HTML, which it then reads as it reads HTML in a page.
const html = {
  name: "html",
  doc: "A block of HTML, as claimbook writes it.",
  body: { type: String, required: true },
  run: (data) => [{ type: "html", value: data.body }],
};

export default { name: "claimbook", directives: [html] };
