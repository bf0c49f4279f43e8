/* Puts the rows of the queue on a map: a marker leads to its row, a row shows its marker. */
(function () {
  "use strict";

  const tickAll = document.querySelector("[data-tick-all]");
  if (tickAll) {
    tickAll.hidden = false;
    tickAll.addEventListener("click", function () {
      document.querySelectorAll("[name=ticked]").forEach((box) => (box.checked = true));
    });
  }

  const part = document.querySelector("[data-queue-map]");
  if (!part || !window.L) {
    return;
  }
  const data = part.dataset;
  part.hidden = false;
  const map = L.map(part.querySelector(".map"), { attributionControl: false });
  L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ position: "topright" }).addTo(map);

  function escaped(text) {
    const element = document.createElement("span");
    element.textContent = text;
    return element.innerHTML;
  }

  function addStreets(url) {
    fetch(url, { credentials: "omit" })
      .then(function (answer) {
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        return answer.json();
      })
      .then(function (streets) {
        L.geoJSON(streets, {
          renderer: L.canvas(),
          interactive: false,
          attribution: "© OpenStreetMap contributors",
          style: { color: "#9aa3ae", weight: 3 },
        }).addTo(map);
      })
      .catch(function () {
        part.querySelector("[data-status]").textContent = "The streets could not be loaded.";
      });
  }

  if (data.tileUrl) {
    L.tileLayer(data.tileUrl, { maxZoom: 19, attribution: escaped(data.tileCredit) }).addTo(map);
  } else if (data.basemapUrl) {
    addStreets(data.basemapUrl);
  }

  const rows = Array.from(document.querySelectorAll("[data-row][data-latitude]"));
  const points = rows.map((row) => L.latLng(Number(row.dataset.latitude), Number(row.dataset.longitude)));
  if (points.length) {
    map.fitBounds(L.latLngBounds(points), { maxZoom: 17, padding: [30, 30] });
  } else {
    map.setView([Number(data.latitude), Number(data.longitude)], Number(data.zoom));
    part.querySelector("[data-status]").textContent = "Nothing on this page has a pin.";
  }

  let shown = null;

  function show(row) {
    if (shown) {
      shown.classList.remove("shown");
      shown.marker.getElement().classList.remove("shown");
      shown.marker.setZIndexOffset(0);
    }
    shown = row;
    row.classList.add("shown");
    row.marker.getElement().classList.add("shown");
    row.marker.setZIndexOffset(1000);
  }

  rows.forEach(function (row, index) {
    const number = row.dataset.row;
    const icon = L.divIcon({ className: "queue-marker", html: escaped(number), iconSize: [30, 30] });
    row.marker = L.marker(points[index], { icon: icon, keyboard: true }).addTo(map);
    row.marker.getElement().setAttribute("aria-label", "Number " + number + " in the list");
    function goToRow() {
      show(row);
      row.querySelector("a").focus();
      row.scrollIntoView({ block: "nearest" });
    }
    row.marker.on("click", goToRow);
    row.marker.on("keydown", function (event) {
      if (event.originalEvent.key === "Enter" || event.originalEvent.key === " ") {
        event.originalEvent.preventDefault();
        goToRow();
      }
    });
    row.addEventListener("mouseenter", () => show(row));
    row.addEventListener("focusin", () => show(row));
  });
})();
