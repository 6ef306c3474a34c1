// A detail that stands beside its list closes in place; without a script its link leads back to the list.

const close = (link) => {
  document.getElementById("beside").replaceChildren();
  history.pushState(null, "", link.href);
  const row = document.querySelector('.list tr[aria-selected="true"]');
  row?.removeAttribute("aria-selected");
  row?.querySelector("a.row-link")?.focus();
};

document.addEventListener("click", (event) => {
  const link = event.target.closest("#beside [data-closes-beside]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  close(link);
});

document.addEventListener("keydown", (event) => {
  const link = event.key === "Escape" && event.target.closest?.("#beside")?.querySelector("[data-closes-beside]");
  if (link) close(link);
});

// The row whose detail is open is marked for the eye and the ear.
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx?.target?.id !== "beside") return;
  for (const row of document.querySelectorAll('.list tr[aria-selected="true"]')) row.removeAttribute("aria-selected");
  detail.ctx.sourceElement?.closest("tr")?.setAttribute("aria-selected", "true");
});
