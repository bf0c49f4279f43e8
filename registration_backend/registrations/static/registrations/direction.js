/* Draws an arrow at the pin for every camera; turning it writes its direction field, which stays all that is sent. */
(function () {
  "use strict";

  const part = document.querySelector("[data-directions]");
  const pinMap = window.CameraRegistry && window.CameraRegistry.pinMap;
  if (!part || !pinMap) {
    return;
  }
  const map = pinMap.map;
  const words = part.dataset;
  const points = words.points.split(" ");
  const readout = part.querySelector("[data-readout]");
  const back = part.querySelector("[data-return]");
  const STEPS = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 45, PageDown: -45 };
  const MANY = 12; // with more cameras only the highlighted arrow is a stop of the Tab key
  const SVG = "http://www.w3.org/2000/svg";

  const degreesOf = new Map(Object.entries(JSON.parse(words.degreesOf)));

  /* What the server's parse_direction() takes, in degrees clockwise from north; null for blank and for anything else. */
  function parsed(text) {
    const word = text.toUpperCase().replace(/(?!^\s*-)[\s\-°]/g, "");
    if (degreesOf.has(word)) {
      return degreesOf.get(word);
    }
    const number = word.replace(",", ".");
    const degrees = /^(\d+\.?\d*|\.\d+)$/.test(number) ? Number(number) : NaN;
    return degrees <= 360 ? degrees % 360 : null;
  }

  function whole(degrees) {
    return ((Math.round(degrees) % 360) + 360) % 360;
  }

  function drawn(number) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "-28 -28 56 56");
    svg.setAttribute("aria-hidden", "true");
    const head = svg.appendChild(document.createElementNS(SVG, "path"));
    head.setAttribute("d", "M0 -27 L12 -9 L-12 -9 Z");
    svg.appendChild(document.createElementNS(SVG, "circle")).setAttribute("r", "14");
    const label = svg.appendChild(document.createElementNS(SVG, "text"));
    label.setAttribute("text-anchor", "middle");
    label.setAttribute("y", "5");
    label.textContent = String(number);
    return { svg: svg, head: head };
  }

  let pin = null;
  let active = null;
  const arrows = Array.from(document.querySelectorAll("[data-camera]")).map(function (section, index, all) {
    const name = words.name.replace("{number}", index + 1);
    const picture = drawn(index + 1);
    return {
      section: section,
      number: index + 1,
      name: name,
      field: document.getElementById("id_camera-" + index + "-direction"),
      head: picture.head,
      // Where a handle rests before its direction is known: apart from the others.
      rest: Math.round((index * 360) / Math.max(8, all.length)),
      radius: index % 2 ? 118 : 76, // pixels; two neighbours that look the same way stay apart
      line: L.polyline([], { interactive: false, className: "direction-line" }),
      handle: L.marker([0, 0], {
        draggable: true,
        keyboard: true,
        title: name,
        icon: L.divIcon({ className: "direction-handle", html: picture.svg, iconSize: [56, 56], iconAnchor: [28, 28] }),
      }),
    };
  });

  function shown(arrow) {
    const degrees = parsed(arrow.field.value);
    return { known: degrees !== null, degrees: degrees === null ? arrow.rest : degrees };
  }

  function said(arrow) {
    const direction = shown(arrow);
    const degrees = whole(direction.degrees);
    const point = points[Math.round(degrees / 22.5) % 16];
    return direction.known ? words.degrees.replace("{degrees}", degrees).replace("{point}", point) : words.unset;
  }

  function place(arrow) {
    const direction = shown(arrow);
    const turn = (direction.degrees * Math.PI) / 180;
    const tip = map.latLngToLayerPoint(pin).add([arrow.radius * Math.sin(turn), -arrow.radius * Math.cos(turn)]);
    arrow.handle.setLatLng(map.layerPointToLatLng(tip));
    arrow.line.setLatLngs(direction.known ? [pin, arrow.handle.getLatLng()] : []);
    arrow.head.setAttribute("transform", "rotate(" + direction.degrees + ")");
    const element = arrow.handle.getElement();
    element.classList.toggle("unset", !direction.known);
    element.setAttribute("aria-valuenow", whole(direction.degrees));
    element.setAttribute("aria-valuetext", said(arrow));
    if (arrow === active) {
      readout.textContent = arrow.name + ": " + said(arrow);
      back.textContent = words.go.replace("{number}", arrow.number);
    }
  }

  function highlight(arrow) {
    active = arrow;
    if (!pin) {
      return;
    }
    arrows.forEach(function (each) {
      const chosen = each === active;
      each.handle.setZIndexOffset(chosen ? 3000 : 2000);
      each.handle.getElement().classList.toggle("active", chosen);
      each.handle.getElement().tabIndex = chosen || arrows.length <= MANY ? 0 : -1;
      each.line.setStyle(chosen ? { color: "#0b5394", weight: 6 } : { color: "#4d5866", weight: 3 });
      place(each);
    });
    active.line.bringToFront();
  }

  function turn(arrow, degrees) {
    arrow.field.value = String(whole(degrees));
    place(arrow);
  }

  function prepare(arrow) {
    const element = arrow.handle.getElement();
    element.setAttribute("role", "slider");
    element.setAttribute("aria-label", arrow.name);
    element.setAttribute("aria-valuemin", "0");
    element.setAttribute("aria-valuemax", "359");
    element.setAttribute("aria-describedby", "turn-help");
    element.addEventListener("focus", function () {
      highlight(arrow);
      map.panInside(arrow.handle.getLatLng(), { padding: [30, 30] });
    });
    element.addEventListener("keydown", function (event) {
      if (event.key in STEPS) {
        turn(arrow, whole(shown(arrow).degrees) + STEPS[event.key]);
      } else if (event.key === "Home") {
        turn(arrow, 0);
      } else {
        return;
      }
      // Neither the page nor the map may move under the arrow.
      event.preventDefault();
      event.stopPropagation();
    });
  }

  /* Moves the map so that all handles around the pin are seen. */
  function makeRoom(point) {
    map.panInside(point, { padding: [150, 150], animate: false });
  }

  function follow(point) {
    if (!point) {
      arrows.forEach(function (arrow) {
        arrow.line.remove();
        arrow.handle.remove();
      });
    } else if (!pin) {
      arrows.forEach(function (arrow) {
        arrow.line.addTo(map);
        arrow.handle.setLatLng(point).addTo(map);
        prepare(arrow);
      });
      // Later, so that the second tap of a double tap meets the same place.
      window.setTimeout(() => pin && !pinMap.turning && makeRoom(pin), 600);
    }
    pin = point;
    part.hidden = !pin || !arrows.length;
    if (!part.hidden) {
      highlight(active || arrows[0]);
    }
  }

  arrows.forEach(function (arrow) {
    arrow.handle.on("dragstart", function () {
      pinMap.turning = true;
      highlight(arrow);
    });
    arrow.handle.on("dragend", () => window.setTimeout(() => (pinMap.turning = false), 200));
    arrow.handle.on("drag", function () {
      const away = map.latLngToLayerPoint(arrow.handle.getLatLng()).subtract(map.latLngToLayerPoint(pin));
      turn(arrow, (Math.atan2(away.x, -away.y) * 180) / Math.PI);
    });
    arrow.field.addEventListener("input", () => pin && place(arrow));
    arrow.section.addEventListener("focusin", () => highlight(arrow));
    const set = arrow.section.querySelector("[data-turn]");
    set.hidden = false;
    set.querySelector("button").addEventListener("click", function () {
      map.getContainer().scrollIntoView({ block: "center" });
      if (!pin) {
        pinMap.say(words.noPin);
        map.getContainer().focus({ preventScroll: true });
        return;
      }
      makeRoom(pin);
      arrow.handle.getElement().focus({ preventScroll: true });
    });
  });
  back.addEventListener("click", function () {
    // Not to the field: a phone would open its keyboard over the page.
    const button = active.section.querySelector("[data-turn] button");
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: "center" });
  });
  map.on("zoomend", () => pin && arrows.forEach(place));

  // After "Add another camera" the page opens at the new one.
  active = arrows.find((arrow) => "#" + arrow.section.id === window.location.hash) || null;
  pinMap.follow(follow);
})();
