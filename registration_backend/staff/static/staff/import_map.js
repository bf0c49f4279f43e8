/* Shows where the rows of a list would lie; it sets and sends nothing. */
(function () {
  "use strict";

  const part = document.querySelector("[data-import-map]");
  const source = document.getElementById("import-points");
  if (!part || !source || !window.L) {
    return;
  }
  const data = part.dataset;
  part.hidden = false;
  const map = L.map(part.querySelector(".map"), { attributionControl: false, preferCanvas: true });
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
        const layer = L.geoJSON(streets, {
          interactive: false,
          attribution: "© OpenStreetMap contributors",
          style: { color: "#9aa3ae", weight: 3 },
        });
        layer.addTo(map).bringToBack();
      })
      .catch(function () {
        part.querySelector("[data-status]").textContent += " The streets could not be loaded.";
      });
  }

  const points = JSON.parse(source.textContent).map((pair) => L.latLng(pair[1], pair[0]));
  map.fitBounds(L.latLngBounds(points), { maxZoom: 16, padding: [20, 20] });
  if (data.tileUrl) {
    L.tileLayer(data.tileUrl, { maxZoom: 19, attribution: escaped(data.tileCredit) }).addTo(map);
  } else if (data.basemapUrl) {
    addStreets(data.basemapUrl);
  }
  points.forEach(function (point) {
    L.circleMarker(point, { radius: 6, color: "#ffffff", weight: 1.5, fillColor: "#0b5394", fillOpacity: 0.9, interactive: false }).addTo(map);
  });
})();
