// The look is the system's, or the one chosen on a page; pages opened from disk may not remember
// it. And all code of a page folds at once.
const root = document.documentElement;
try { root.dataset.look = localStorage.getItem("look") || ""; } catch (e) {}
document.getElementById("look").onclick = () => {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const dark = (root.dataset.look || system) === "dark";
  root.dataset.look = dark ? "light" : "dark";
  try { localStorage.setItem("look", root.dataset.look); } catch (e) {}
};
const fold = document.getElementById("fold");
if (fold) fold.onclick = () => {
  const all = [...document.querySelectorAll("details")], open = all.some(one => one.open);
  all.forEach(one => { one.open = !open; });
};
