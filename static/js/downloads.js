// A download is of what the list shows, and filters change that without a new page.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[download]");
  const list = document.querySelector("[data-view]");
  if (!link || !list) return;
  const shown = new URL(list.dataset.view, location.href).searchParams;
  shown.delete("cursor");
  link.search = shown.toString();
});
