// Sets theme and language before the first paint, so that nothing flashes; a file because the page allows no inline script.
(() => {
  const root = document.documentElement;
  const theme = localStorage.getItem("khien.theme");
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-mantine-color-scheme", isDark ? "dark" : "light");
  root.lang = localStorage.getItem("khien.language") === "en" ? "en" : "vi";
})();
