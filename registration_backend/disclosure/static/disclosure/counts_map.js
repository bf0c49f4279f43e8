/* Draws the squares of the table on a map; the table stays, and says the same. */
(function () {
  "use strict";

  const part = document.querySelector("[data-counts-map]");
  if (!part || !window.L) {
    return;
  }
  const data = part.dataset;
  part.hidden = false;
  const map = L.map(part.querySelector(".map"), { attributionControl: false, zoomControl: false, maxZoom: 19 });
  L.control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut }).addTo(map);
  L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ position: "bottomleft" }).addTo(map);

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
          attribution: data.streetCredit,
          style: { color: "#9aa3ae", weight: 1 },
        }).addTo(map);
      })
      .catch(function () {
        part.querySelector("[data-status]").textContent = data.noStreets;
      });
  }

  if (data.tileUrl) {
    const credit = document.createElement("span");
    credit.textContent = data.tileCredit;
    L.tileLayer(data.tileUrl, { maxZoom: 19, attribution: credit.innerHTML }).addTo(map);
  } else if (data.basemapUrl) {
    addStreets(data.basemapUrl);
  }

  function label(n) {
    const words = document.createElement("span");
    words.textContent = "≥ " + n;
    return words;
  }

  const squares = L.featureGroup();
  document.querySelectorAll("[data-square]").forEach(function (row) {
    const corners = row.dataset.square.split(" ").map(function (corner) {
      return corner.split(",").map(Number);
    });
    const n = Number(row.dataset.n);
    // Darker with every doubling, so that a centre does not make all else look empty.
    const opacity = Math.min(0.7, 0.15 + 0.12 * Math.log2(n / 5));
    const square = L.polygon(corners, {
      color: "#0b5394", weight: 1.5, fillColor: "#0b5394", fillOpacity: opacity, interactive: false,
    });
    square.bindTooltip(label(n), { permanent: true, direction: "center", className: "count-label" });
    squares.addLayer(square);
  });
  map.fitBounds(squares.getBounds(), { padding: [16, 16] });
  squares.addTo(map);
})();
