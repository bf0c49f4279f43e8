/* Lets a person set one pin; the form's latitude and longitude fields stay the only thing that is sent. */
(function () {
  "use strict";

  const part = document.querySelector("[data-map]");
  if (!part || !window.L) {
    return;
  }
  const data = part.dataset;
  const latitude = document.getElementById("id_latitude");
  const longitude = document.getElementById("id_longitude");
  const status = part.querySelector("[data-status]");
  part.hidden = false;

  L.Icon.Default.imagePath = data.icons;
  const map = L.map(part.querySelector(".map"), { attributionControl: false, zoomControl: false });
  map.setView([Number(data.latitude), Number(data.longitude)], Number(data.zoom));
  L.control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut }).addTo(map);
  L.control.attribution({ prefix: false }).addTo(map);
  L.control.scale({ position: "topright" }).addTo(map);

  function escaped(text) {
    const element = document.createElement("span");
    element.textContent = text;
    return element.innerHTML;
  }

  function addStreets(url) {
    const widths = { motorway: 7, trunk: 6, primary: 6, secondary: 5, tertiary: 4, residential: 3, living_street: 3 };
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
          style: function (feature) {
            const kind = (feature.properties || {}).highway;
            return { color: "#9aa3ae", weight: widths[kind] || 2 };
          },
        }).addTo(map);
        nameStreets(streets);
      })
      .catch(function () {
        status.textContent = data.noStreets;
      });
  }

  /* Draws the edge of the agency's area; without it the map serves as well, so a failure says nothing. */
  function addArea(url) {
    fetch(url, { credentials: "omit" })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then(function (area) {
        if (area) {
          L.geoJSON(area, {
            interactive: false,
            style: { color: "#0b5394", weight: 3, dashArray: "8 6", fill: false },
          }).addTo(map);
        }
      })
      .catch(() => null);
  }

  /* Writes each street's name once on the part of the map that is seen, on its longest piece there. */
  function nameStreets(streets) {
    const pieces = [];
    L.geoJSON(streets, {
      filter: function (feature) {
        return Boolean((feature.properties || {}).name);
      },
      onEachFeature: function (feature, layer) {
        const points = layer.getLatLngs().flat(2);
        const before = points[Math.floor((points.length - 1) / 2)];
        const after = points[Math.floor(points.length / 2)];
        pieces.push({
          name: feature.properties.name,
          length: layer.getBounds().getSouthWest().distanceTo(layer.getBounds().getNorthEast()),
          middle: L.latLng((before.lat + after.lat) / 2, (before.lng + after.lng) / 2),
        });
      },
    });
    const names = L.layerGroup().addTo(map);
    function write() {
      names.clearLayers();
      if (map.getZoom() < 15) {
        return;
      }
      const seen = map.getBounds().pad(-0.08);
      const longest = new Map();
      pieces.forEach(function (piece) {
        const best = longest.get(piece.name);
        if (seen.contains(piece.middle) && (!best || piece.length > best.length)) {
          longest.set(piece.name, piece);
        }
      });
      const taken = [];
      longest.forEach(function (place, name) {
        const centre = map.latLngToContainerPoint(place.middle);
        const half = L.point(4 * name.length + 4, 10);
        const box = L.bounds(centre.subtract(half), centre.add(half));
        if (taken.some((other) => other.overlaps(box))) {
          return;
        }
        taken.push(box);
        const words = document.createElement("span");
        words.textContent = name;
        names.addLayer(
          L.tooltip(place.middle, { permanent: true, direction: "center", className: "street-name", content: words })
        );
      });
    }
    map.on("moveend", write);
    write();
  }

  if (data.tileUrl) {
    L.tileLayer(data.tileUrl, { maxZoom: 19, attribution: escaped(data.tileCredit) }).addTo(map);
  } else if (data.basemapUrl) {
    addStreets(data.basemapUrl);
  }

  if (data.areaUrl) {
    addArea(data.areaUrl);
  }

  let pin = null;
  const followers = [];

  function tellFollowers() {
    followers.forEach((follower) => follower(pin && pin.getLatLng()));
  }

  function showPin(point) {
    if (pin) {
      pin.setLatLng(point);
      tellFollowers();
      return;
    }
    pin = L.marker(point, { draggable: true, keyboard: true, alt: data.pinLabel, title: data.pinLabel }).addTo(map);
    pin.on("dragend", function () {
      setPin(pin.getLatLng());
    });
    pin.on("drag", tellFollowers);
    tellFollowers();
  }

  function setPin(point) {
    const inWorld = point.wrap();
    showPin(inWorld);
    latitude.value = inWorld.lat.toFixed(6);
    longitude.value = inWorld.lng.toFixed(6);
    status.textContent = data.pinSet;
  }

  function typedPoint() {
    const values = [latitude.value, longitude.value].map(function (text) {
      return text.trim() === "" ? NaN : Number(text.replace(",", "."));
    });
    const usable = Math.abs(values[0]) <= 90 && Math.abs(values[1]) <= 180;
    return usable ? L.latLng(values[0], values[1]) : null;
  }

  function followTyping() {
    const point = typedPoint();
    if (point) {
      showPin(point);
      map.setView(point, Math.max(map.getZoom(), 16));
    }
  }

  map.on("click", function (event) {
    // Letting go of an arrow beside its handle arrives here as a click: it must not move the pin.
    if (!window.CameraRegistry.pinMap.turning) {
      setPin(event.latlng);
    }
  });
  latitude.addEventListener("change", followTyping);
  longitude.addEventListener("change", followTyping);
  followTyping();

  /* For what other scripts draw at the pin. `follow` calls back at once and at every move, with null for no pin. */
  window.CameraRegistry = {
    pinMap: {
      map: map,
      turning: false,
      follow: function (follower) {
        followers.push(follower);
        follower(pin && pin.getLatLng());
      },
      say: function (text) {
        status.textContent = text;
      },
    },
  };

  part.querySelector("[data-clear]").addEventListener("click", function () {
    if (pin) {
      pin.remove();
      pin = null;
      tellFollowers();
    }
    latitude.value = "";
    longitude.value = "";
    status.textContent = "";
  });

  // Staff set pins for others: their page has no such button.
  const locate = part.querySelector("[data-locate]");
  if (!locate) {
    return;
  }
  locate.addEventListener("click", function () {
    if (!navigator.geolocation) {
      status.textContent = data.noLocation;
      return;
    }
    status.textContent = data.locating;
    navigator.geolocation.getCurrentPosition(
      function (found) {
        const point = L.latLng(found.coords.latitude, found.coords.longitude);
        setPin(point);
        map.setView(point, 18);
      },
      function () {
        status.textContent = data.noLocation;
      },
      { enableHighAccuracy: true, timeout: 15000 }
    );
  });
})();
