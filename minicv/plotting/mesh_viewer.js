// A small viewer of triangle meshes: WebGL 2, no library.
//
// meshViewer(figure) turns <figure class="mesh-viewer"> into something one can turn. Inside stand one
// <canvas data-mesh="ID"> for each mesh, and a picture for browsers without WebGL. All canvases of a
// figure turn together. Each mesh lies in a <script type="application/json" id="ID">, as base64:
// vertices (float32), faces (uint32) and colours (uint8), one after another.

const VERTEX_SHADER = `#version 300 es
in vec3 position; in vec3 normal; in vec3 colour;
uniform mat3 turn; uniform vec3 centre; uniform float radius, zoom, aspect, drawsLines;
out vec3 n; out vec3 c;
void main() {
  vec3 p = turn * (position - centre) / radius;      // x right, y up, z towards the eye
  n = turn * normal; c = colour;
  float distance = 4.0 - p.z;                        // a simple perspective
  gl_Position = vec4(p.xy * vec2(3.6 * zoom / aspect, 3.6 * zoom), -p.z - drawsLines * 0.004, distance);
}`;

const FRAGMENT_SHADER = `#version 300 es
precision highp float;
in vec3 n; in vec3 c; uniform float drawsLines; out vec4 result;
void main() {
  float light = 0.35 + 0.65 * abs(dot(normalize(n), normalize(vec3(0.3, 0.5, 1.0))));
  result = vec4(mix(c * light, vec3(0.1), drawsLines), 1.0);
}`;

function decode(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  return bytes.buffer;
}

// Normals of the vertices: the mean of the faces around each, large faces counting more.
function vertexNormals(vertices, faces) {
  const normals = new Float32Array(vertices.length);
  for (let f = 0; f < faces.length; f += 3) {
    const [a, b, c] = [3 * faces[f], 3 * faces[f + 1], 3 * faces[f + 2]];
    const u = [0, 1, 2].map(k => vertices[b + k] - vertices[a + k]);
    const v = [0, 1, 2].map(k => vertices[c + k] - vertices[a + k]);
    const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    for (const corner of [a, b, c]) for (let k = 0; k < 3; k++) normals[corner + k] += n[k];
  }
  return normals;
}

function edges(faces) {
  const lines = new Uint32Array(2 * faces.length);
  for (let f = 0; f < faces.length; f += 3)
    lines.set([faces[f], faces[f + 1], faces[f + 1], faces[f + 2], faces[f + 2], faces[f]], 2 * f);
  return lines;
}

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw Error(gl.getShaderInfoLog(shader));
  return shader;
}

// One canvas with its mesh; returns draw(view), or null where there is no WebGL 2.
function meshCanvas(canvas) {
  const gl = canvas.getContext("webgl2", {antialias: true});
  if (!gl) return null;
  const given = JSON.parse(document.getElementById(canvas.dataset.mesh).textContent);
  const vertices = new Float32Array(decode(given.vertices));
  const faces = new Uint32Array(decode(given.faces));
  const colours = new Uint8Array(decode(given.colours));
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX_SHADER));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT_SHADER));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  const attribute = (name, data, type, normalised) => {
    const place = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, 3, type, normalised, 0, 0);
  };
  attribute("position", vertices, gl.FLOAT, false);
  attribute("normal", vertexNormals(vertices, faces), gl.FLOAT, false);
  attribute("colour", colours, gl.UNSIGNED_BYTE, true);
  const triangles = gl.createBuffer(), lines = gl.createBuffer();
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, faces, gl.STATIC_DRAW);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, lines);
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, edges(faces), gl.STATIC_DRAW);
  gl.enable(gl.DEPTH_TEST);
  const uniform = name => gl.getUniformLocation(program, name);

  return view => {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.uniformMatrix3fv(uniform("turn"), false, turned(view.azimuth, view.elevation));
    gl.uniform3fv(uniform("centre"), given.centre);
    gl.uniform1f(uniform("radius"), given.radius);
    gl.uniform1f(uniform("zoom"), view.zoom);
    gl.uniform1f(uniform("aspect"), canvas.width / canvas.height);
    gl.uniform1f(uniform("drawsLines"), 0);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, triangles);
    gl.drawElements(gl.TRIANGLES, faces.length, gl.UNSIGNED_INT, 0);
    if (!view.wireframe) return;
    gl.uniform1f(uniform("drawsLines"), 1);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, lines);
    gl.drawElements(gl.LINES, 2 * faces.length, gl.UNSIGNED_INT, 0);
  };
}

// The rotation, column by column: z of the mesh points up; azimuth and elevation in radians.
function turned(azimuth, elevation) {
  const [ca, sa, ce, se] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
  return [-sa, -se * ca, ce * ca,  ca, -se * sa, ce * sa,  0, ce, se];
}

function meshViewer(figure) {
  const start = {azimuth: -Math.PI / 3, elevation: Math.PI / 6, zoom: 1, wireframe: false};
  const view = {...start}, canvases = [...figure.querySelectorAll("canvas")], draws = [];
  try {
    for (const canvas of canvases) draws.push(meshCanvas(canvas));
  } catch (error) { draws.push(null); }
  if (draws.includes(null)) return;                  // the picture stays where it stands
  figure.classList.add("turns");
  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draws.forEach(draw => draw(view)); });
  };
  const turn = (right, up) => {
    view.azimuth -= right;
    view.elevation = Math.max(-1.57, Math.min(1.57, view.elevation + up));
    redraw();
  };
  const zoom = factor => { view.zoom = Math.max(0.3, Math.min(20, view.zoom * factor)); redraw(); };
  const reset = () => { Object.assign(view, start, {wireframe: view.wireframe}); redraw(); };
  const wireframe = () => { view.wireframe = !view.wireframe; redraw(); };
  const fingers = new Map();                         // where each finger, or the mouse, was last
  for (const canvas of canvases) {
    canvas.addEventListener("pointerdown", e => {
      canvas.setPointerCapture(e.pointerId);
      fingers.set(e.pointerId, [e.clientX, e.clientY]);
    });
    canvas.addEventListener("pointermove", e => {
      if (!fingers.has(e.pointerId)) return;
      const before = [...fingers.values()], [x, y] = fingers.get(e.pointerId);
      fingers.set(e.pointerId, [e.clientX, e.clientY]);
      if (fingers.size === 1) turn((e.clientX - x) / 120, (e.clientY - y) / 120);
      if (fingers.size === 2) {
        const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
        zoom(apart([...fingers.values()]) / apart(before));
      }
    });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, e => fingers.delete(e.pointerId));
    canvas.addEventListener("wheel", e => {
      e.preventDefault();
      zoom(Math.exp(-e.deltaY / 500));
    }, {passive: false});
    canvas.addEventListener("dblclick", reset);
    canvas.addEventListener("keydown", e => {
      const act = {ArrowLeft: () => turn(-0.1, 0), ArrowRight: () => turn(0.1, 0),
                   ArrowUp: () => turn(0, -0.1), ArrowDown: () => turn(0, 0.1),
                   "+": () => zoom(1.1), "-": () => zoom(1 / 1.1), "0": reset, w: wireframe}[e.key];
      if (act) { e.preventDefault(); act(); }
    });
  }
  const button = figure.querySelector("button");
  if (button) button.addEventListener("click", wireframe);
  new ResizeObserver(redraw).observe(figure);
  redraw();
}

document.querySelectorAll("figure.mesh-viewer:not(.turns)").forEach(meshViewer);
