"""What every HTML page must keep: one title, unique ids, labelled fields, nothing inline."""

from html.parser import HTMLParser

UNLABELLED = ("hidden", "submit", "button", "reset", "image")


class Page(HTMLParser):
    """Collects what the rules ask about."""

    def __init__(self) -> None:
        super().__init__()
        self.titles = 0
        self.is_document = False
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.faults: list[str] = []
        self._labels_open = 0
        self._svg_open = 0

    def handle_decl(self, decl: str) -> None:
        self.is_document |= decl.lower().startswith("doctype")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._svg_open += tag == "svg"
        self.titles += tag == "title" and not self._svg_open
        self._labels_open += tag == "label"
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "label" and values.get("for"):
            self.labels.add(str(values["for"]))
        if tag in ("input", "select", "textarea") and values.get("type") not in UNLABELLED:
            self.fields.append({**values, "": "yes" if self._labels_open else None})
        self._look_for_inline(tag, values)

    def handle_endtag(self, tag: str) -> None:
        self._labels_open -= tag == "label"
        self._svg_open -= tag == "svg"

    def _look_for_inline(self, tag: str, values: dict[str, str | None]) -> None:
        is_data = str(values.get("type", "")).endswith("json")
        if tag == "script" and "src" not in values and not is_data:
            self.faults.append("an inline script")
        if tag == "style" or "style" in values:
            self.faults.append(f"an inline style at <{tag}>")
        self.faults += [f"{name} at <{tag}>" for name in values if name.startswith("on")]

    def unlabelled(self) -> list[str]:
        """Return the names of fields that no label names."""
        return [
            str(field.get("name") or field.get("id"))
            for field in self.fields
            if not (
                field[""]
                or field.get("aria-label")
                or field.get("aria-labelledby")
                or field.get("id") in self.labels
            )
        ]


def check_page(html: str) -> None:
    """Assert that a page, or the part of one, keeps the rules."""
    page = Page()
    page.feed(html)
    twice = sorted({id for id in page.ids if page.ids.count(id) > 1})
    assert page.titles == int(page.is_document), f"{page.titles} titles"
    assert not twice, f"ids given twice: {twice}"
    assert not page.unlabelled(), f"fields without a label: {page.unlabelled()}"
    assert not page.faults, f"the content policy forbids {page.faults}"
