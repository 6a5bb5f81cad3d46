// SPDX-License-Identifier: Apache-2.0
// The rules of the house (section 3 of the design) that a compiler does not know:
//
//   node tests/lint/rooms.mjs [root]
//
// A room includes only rooms that common/CMakeLists.txt names in its DEPS, and those stand above
// it; every room that is named is used; third-party headers that leak their weight stay in .cpp
// files; std::regex is banned; files and headers keep their length; every file names its licence.
// Prints each finding as file:line: message, and ends with exit code 1 where there are any.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const longest = { header: 150, source: 400, main: 15 };
const sourcesOnly = [
  "nlohmann/json.hpp", "libpq-fe.h", "curl/curl.h", "curl.h", "CLI/CLI.hpp", "yaml.h",
  "pg_query.h", "jq.h", "jv.h", "re2/re2.h", "pugixml.hpp", "valijson/", "openssl/",
];

const findings = [];
const find = (file, line, message) => findings.push(`${relative(root, file)}:${line}: ${message}`);

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesBelow(path);
      return /\.(cpp|hpp)$/.test(entry.name) ? [path] : [];
    });
}

// Comments and strings may speak of what code may not do; line numbers are kept.
function code(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/R"\(([\s\S]*?)\)"/g, (literal) => literal.replace(/[^\n]/g, " "))
    .replace(/^(?!\s*#).*$/gm, (line) => line.replace(/"(?:\\.|[^"\\])*"/g, '""'))
    .replace(/\/\/.*$/gm, "");
}

function includes(text) {
  const out = [];
  for (const [index, line] of text.split("\n").entries()) {
    const match = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(line);
    if (match) out.push({ line: index + 1, own: match[1] === '"', path: match[2] });
  }
  return out;
}

// Every add_room(name … DEPS a b … LIBS …) or add_tool(…) of a CMake file, in its order.
function declarations(file, command) {
  const text = readFileSync(file, "utf8").replace(/#.*$/gm, "");
  const out = [];
  for (const match of text.matchAll(new RegExp(`^${command}\\(([^)]*)\\)`, "gm"))) {
    const words = match[1].split(/\s+/).filter(Boolean);
    const deps = [];
    let section = "";
    for (const word of words.slice(1)) {
      if (/^[A-Z_]+$/.test(word)) section = word;
      else if (section === "DEPS") deps.push(word);
    }
    const line = text.slice(0, match.index).split("\n").length;
    out.push({ name: words[0], deps, line });
  }
  return out;
}

const houseFile = join(root, "common", "CMakeLists.txt");
const house = declarations(houseFile, "add_room");
const rooms = new Map(house.map((room) => [room.name, room]));

function checkDeclarations() {
  const above = new Set();
  for (const room of house) {
    for (const dep of room.deps) {
      if (!above.has(dep)) {
        find(houseFile, room.line, `room ${room.name} names ${dep}, which is not above it`);
      }
    }
    if (above.has(room.name)) find(houseFile, room.line, `room ${room.name} is declared twice`);
    if (!existsSync(join(root, "common", room.name))) {
      find(houseFile, room.line, `room ${room.name} has no folder`);
    }
    above.add(room.name);
  }
  for (const entry of readdirSync(join(root, "common"))) {
    if (statSync(join(root, "common", entry)).isDirectory() && !rooms.has(entry)) {
      find(houseFile, 1, `the folder common/${entry} is no declared room`);
    }
  }
}

function checkIncludes() {
  for (const room of house) {
    const used = new Set([room.name]);
    for (const file of filesBelow(join(root, "common", room.name))) {
      for (const include of includes(readFileSync(file, "utf8"))) {
        if (!include.own) continue;
        const target = include.path.split("/")[0];
        used.add(target);
        if (!rooms.has(target)) {
          find(file, include.line, `"${include.path}" is in no room`);
        } else if (target !== room.name && !room.deps.includes(target)) {
          find(file, include.line, `room ${room.name} does not name ${target} in its DEPS`);
        } else if (!existsSync(join(root, "common", include.path))) {
          find(file, include.line, `"${include.path}" does not exist`);
        }
      }
    }
    for (const dep of room.deps) {
      if (!used.has(dep)) {
        find(houseFile, room.line, `room ${room.name} names ${dep} in its DEPS but includes none of it`);
      }
    }
  }
}

// A tool has the roof and what stands on it with it; of the rest it names what it includes.
function checkTools() {
  const file = join(root, "tools", "CMakeLists.txt");
  if (!existsSync(file)) return;
  const roof = rooms.get("tool")?.deps ?? [];
  for (const tool of declarations(file, "add_tool")) {
    const allowed = new Set(["tool", "cli", "record", "log", ...roof, ...tool.deps]);
    for (const source of filesBelow(join(root, "tools", tool.name))) {
      for (const include of includes(readFileSync(source, "utf8"))) {
        const target = include.path.split("/")[0];
        if (include.own && rooms.has(target) && !allowed.has(target)) {
          find(source, include.line, `tool ${tool.name} does not name ${target} in its DEPS`);
        }
      }
    }
  }
}

function checkFile(file) {
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n").length - 1;
  const header = file.endsWith(".hpp");
  const main = file.endsWith("/main.cpp") && file.startsWith(join(root, "tools"));
  const limit = main ? longest.main : header ? longest.header : longest.source;
  if (lines > limit) find(file, limit + 1, `${lines} lines, the limit is ${limit}`);
  if (!text.startsWith("// SPDX-License-Identifier: Apache-2.0\n")) {
    find(file, 1, "the first line does not name the licence");
  }
  if (header && !/^#pragma once$/m.test(text)) find(file, 1, "the header has no #pragma once");
  for (const include of includes(text)) {
    if (include.path === "regex") find(file, include.line, "std::regex is banned: use RE2");
    const heavy = sourcesOnly.some((name) => include.path.startsWith(name));
    if (header && heavy) find(file, include.line, `<${include.path}> belongs into .cpp files`);
  }
  for (const [index, line] of code(text).split("\n").entries()) {
    if (/\bstd::(w?s?regex|regex_\w+|w?[cs]match)\b/.test(line)) {
      find(file, index + 1, "std::regex is banned: use RE2");
    }
    if (/\bstd::source_location\b|\bstd::(ranges::)?views::/.test(line)) {
      find(file, index + 1, "clang-tidy 14 cannot parse this (section 7 of the design)");
    }
  }
}

checkDeclarations();
checkIncludes();
checkTools();
const all = ["common", "tools", "tests"].flatMap((folder) => filesBelow(join(root, folder)));
all.forEach(checkFile);
findings.forEach((finding) => console.log(finding));
console.log(
  `rooms: ${findings.length} findings in ${all.length} files and ${house.length} rooms`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
