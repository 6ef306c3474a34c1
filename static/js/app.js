// The behaviour of every page; each concern is a module of its own and works on delegated events.
import "./beside.js";
import "./copy.js";
import "./dialogs.js";
import "./downloads.js";
import "./keys.js";
import "./menus.js";
import "./requests.js";
import "./rows.js";
import "./switcher.js";
import "./theme.js";
import "./titles.js";
