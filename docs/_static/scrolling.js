// Have tables and code that are wider than the screen be reached by keyboard, and no others.
function reach() {
  for (const element of document.querySelectorAll(".table-wrapper, pre")) {
    if (element.scrollWidth > element.clientWidth) {
      element.tabIndex = 0;
    } else {
      element.removeAttribute("tabindex");
    }
  }
}

addEventListener("load", reach);
addEventListener("resize", reach);
