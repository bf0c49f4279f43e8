/* Shows the polygons of an agency's area with their names; nothing can be changed here. */
(function () {
  "use strict";

  const part = document.querySelector("[data-area-map]");
  if (!part || !window.L) {
    return;
  }
  const data = part.dataset;
  const map = L.map(part.querySelector(".map"), { attributionControl: false });
  L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ position: "topright" }).addTo(map);
  map.setView([0, 0], 1);

  function words(text) {
    const element = document.createElement("span");
    element.textContent = text;
    return element;
  }

  function load(url, options, then) {
    fetch(url)
      .then(function (answer) {
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        return answer.json();
      })
      .then((shapes) => then(L.geoJSON(shapes, options).addTo(map)))
      .catch(function () {
        part.querySelector("[data-status]").textContent = "The map could not be loaded. Reload the page to try again.";
      });
  }

  if (data.tileUrl) {
    L.tileLayer(data.tileUrl, { maxZoom: 19, attribution: words(data.tileCredit).innerHTML }).addTo(map);
  } else if (data.basemapUrl) {
    const streets = { renderer: L.canvas(), interactive: false, style: { color: "#9aa3ae", weight: 1 } };
    load(data.basemapUrl, { ...streets, attribution: "© OpenStreetMap contributors" }, () => null);
  }
  load(
    data.areasUrl,
    {
      style: (feature) => ({ color: "#0b5394", weight: String(feature.properties.id) === data.shown ? 5 : 2 }),
      onEachFeature: (feature, layer) => layer.bindTooltip(words(feature.properties.name), { sticky: true }),
    },
    (areas) => map.fitBounds(areas.getBounds())
  );
})();
