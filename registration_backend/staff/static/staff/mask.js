/* Takes a contact off the screen after its time, also when the machine slept meanwhile or "back" shows the page again. */
(function () {
  "use strict";

  const part = document.querySelector("[data-mask-after]");
  if (!part) {
    return;
  }
  let ends = 0;

  function startAgain() {
    ends = Date.now() + Number(part.dataset.maskAfter) * 1000;
  }

  function mask() {
    part.querySelectorAll("[data-masked]").forEach((element) => element.remove());
    part.querySelectorAll("[data-mask-note]").forEach(function (note) {
      note.textContent = note.dataset.maskText;
    });
  }

  function look() {
    if (Date.now() >= ends) {
      mask();
      window.clearInterval(timer);
    }
  }

  startAgain();
  if ("maskIdle" in part.dataset) {
    part.addEventListener("input", startAgain); // whoever is typing is not away
  }
  const timer = window.setInterval(look, 500);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      mask();
    }
  });
})();
