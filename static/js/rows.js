// A click anywhere on a row opens its real link, as the link itself would.
const passive = "a, button, input, label, summary, select, textarea, [contenteditable]";

const linkOf = (event) => {
  if (event.defaultPrevented || event.target.closest(passive)) return null;
  if (String(getSelection())) return null;
  return event.target.closest("tr")?.querySelector("a.row-link") ?? null;
};

document.addEventListener("click", (event) => {
  const link = linkOf(event);
  if (!link) return;
  const { ctrlKey, metaKey, shiftKey } = event;
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
});

document.addEventListener("auxclick", (event) => {
  if (event.button !== 1) return;
  const link = linkOf(event);
  if (link) window.open(link.href, "_blank", "noopener");
});
