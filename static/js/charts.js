// Draws every <figure class="chart"> from a plain Plotly spec; colours come from the page's tokens.
const plain = { displayModeBar: false, responsive: true, showTips: false };
const specs = new WeakMap();

// The browser resolves light-dark() and color-mix() for us; Plotly's own parser knows neither.
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
const colour = (expression) => {
  probe.style.color = "";
  probe.style.color = expression;
  return getComputedStyle(probe).color;
};
const token = (name) => colour(`var(--${name})`);
const faint = (rgb) => rgb.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+).*\)$/, "rgba($1, 0.12)");

const painted = (trace) => {
  const role = trace.meta?.role;
  if (!role) return trace;
  const ink = token(`chart-${role}`);
  const copy = { ...trace };
  if (trace.type === "bar") {
    copy.marker = { ...trace.marker, color: ink };
  } else {
    copy.line = { width: 2, ...trace.line, color: ink };
    copy.marker = { ...trace.marker, color: ink };
  }
  if (trace.meta.fill) Object.assign(copy, { fill: "tozeroy", fillcolor: faint(ink) });
  return copy;
};

const axis = (given, grid) => ({
  automargin: true, fixedrange: true, zeroline: false, gridcolor: grid, linecolor: grid, tickcolor: grid, ...given,
});

const framed = (layout = {}) => {
  const [ink, muted, grid, raised] = ["ink", "muted", "chart-grid", "raised"].map(token);
  const font = { family: "Inter, system-ui, sans-serif", size: 12, color: muted };
  return {
    height: 272,
    margin: { l: 8, r: 8, t: 34, b: 8 },
    hovermode: "x unified",
    hoverlabel: { bgcolor: raised, bordercolor: grid, font: { ...font, color: ink } },
    legend: { orientation: "h", x: 0, y: 1.14, yanchor: "top", itemclick: false, itemdoubleclick: false },
    ...layout,
    font,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: axis({ nticks: 8, ...layout.xaxis, showgrid: false }, grid),
    yaxis: axis({ nticks: 5, ...layout.yaxis }, grid),
  };
};

const cell = (row, kind, text, className) => {
  const element = document.createElement(kind);
  element.textContent = text;
  if (kind === "th") element.scope = className ? "col" : "row";
  if (className) element.className = className;
  row.append(element);
};

// Where all steps are alike, a trace tells its first day and the milliseconds to the next.
const placesOf = ({ x, x0, dx, y }) =>
  x ?? y.map((_, index) => new Date(Date.parse(x0) + index * dx).toISOString().slice(0, 10));

// Traces of one name are parts of one series: the finished days and the dashed unfinished one.
const columns = (data) => {
  const byName = new Map();
  for (const trace of data) {
    const values = byName.get(trace.name) ?? new Map();
    placesOf(trace).forEach((x, index) => values.set(x, trace.y[index]));
    byName.set(trace.name, values);
  }
  return byName;
};

const fillTable = (figure, spec) => {
  const holder = figure.querySelector("details[data-fill] .scroll");
  if (!holder) return;
  const series = columns(spec.data);
  const table = document.createElement("table");
  table.className = "list list-plain";
  const head = table.createTHead().insertRow();
  cell(head, "th", spec.layout?.xaxis?.title?.text ?? "Date", "col");
  for (const name of series.keys()) cell(head, "th", name, "num");
  const body = table.createTBody();
  for (const x of new Set([...series.values()].flatMap((values) => [...values.keys()]))) {
    const row = body.insertRow();
    cell(row, "th", x);
    for (const values of series.values()) cell(row, "td", values.get(x)?.toLocaleString(document.documentElement.lang) ?? "–", "num");
  }
  holder.replaceChildren(table);
};

const draw = (figure) => {
  const spec = specs.get(figure);
  if (!spec) return;
  return Plotly.react(figure.querySelector(".chart-plot"), spec.data.map(painted), framed(spec.layout), plain);
};

const show = (figure, spec) => {
  specs.set(figure, spec);
  fillTable(figure, spec);
  return draw(figure);
};

const fetched = async (source) => {
  const answer = await fetch(source, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The chart's data answered ${answer.status}`);
  return answer.json();
};

const load = async (figure) => {
  const inline = figure.querySelector('script[type="application/json"]');
  figure.setAttribute("aria-busy", "true");
  try {
    await show(figure, inline ? JSON.parse(inline.textContent) : await fetched(figure.dataset.chartSrc));
    delete figure.dataset.failed;
  } catch (error) {
    figure.dataset.failed = "";
    figure.querySelector(".chart-plot").textContent = "The chart could not be loaded. Reload the page to try again.";
    console.warn(error);
  } finally {
    figure.removeAttribute("aria-busy");
  }
};

const loadAll = (root) => {
  for (const figure of root.querySelectorAll("figure.chart")) if (!specs.has(figure)) load(figure);
};

// Ranges and currencies are links to the whole page that also name the data alone.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-chart][data-chart-src]");
  const figure = link && document.getElementById(link.dataset.chart);
  if (!figure || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  figure.dataset.chartSrc = link.dataset.chartSrc;
  for (const other of link.closest("nav")?.querySelectorAll("a") ?? []) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  history.replaceState(null, "", link.href);
  await load(figure);
});

document.addEventListener("themechange", () => document.querySelectorAll("figure.chart").forEach(draw));
document.addEventListener("htmx:after:swap", () => loadAll(document));

// Paper is narrower than the window, and Plotly draws in pixels.
const paperWidth = 660;
const sized = (size) => {
  for (const plot of document.querySelectorAll(".chart-plot.js-plotly-plot")) Plotly.relayout(plot, size);
};
addEventListener("beforeprint", () => sized({ autosize: false, width: paperWidth }));
addEventListener("afterprint", () => sized({ autosize: true, width: null }));

loadAll(document);
