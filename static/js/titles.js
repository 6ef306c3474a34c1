// Text that was cut off says the whole of it under the pointer.
document.addEventListener("pointerover", (event) => {
  const cut = event.target.closest?.(".trunc, .related a, .waiting-why, .waiting a");
  if (cut && !cut.title && cut.scrollWidth > cut.clientWidth) cut.title = cut.textContent.trim();
});
