import type { ScannedFile } from "./scan.ts";

/** What a layer may import besides itself. Paths are prefixes under src/. */
interface Layer {
  readonly imports: readonly string[];
  /** Only as types, so that nothing of it runs here. */
  readonly types?: readonly string[];
  /** npm packages. */
  readonly packages: readonly string[];
}

/** The house (docs/architecture.md): who may import whom. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  core: { imports: [], packages: [] },
  sip: { imports: ["core/"], packages: ["sdp-transform"] },
  rtp: { imports: ["core/"], packages: ["alawmulaw"] },
  mixer: { imports: ["core/", "rtp/"], packages: [] },
  b2bua: {
    imports: ["core/", "sip/", "mixer/engine/media-engine.ts", "mixer/matrix.ts"],
    packages: [],
  },
  supervision: { imports: ["core/", "mixer/matrix.ts", "b2bua/types.ts"], packages: [] },
  store: {
    imports: ["core/", "supervision/ledger/chain.ts"],
    types: ["sip/registrar/types.ts", "sip/transport/types.ts", "supervision/ledger/"],
    packages: [],
  },
  api: { imports: ["core/", "sip/", "b2bua/", "supervision/", "mixer/matrix.ts"], packages: [] },
  app: {
    imports: ["core/", "sip/", "rtp/", "mixer/", "b2bua/", "supervision/", "store/", "api/"],
    packages: ["commander", "pino", "yaml", "zod"],
  },
};

/** The product ships the test kit's simulated phone for its demo: the only way from src/ to test/. */
const DEMO = { from: "src/app/demo/", to: "test/support/phone/" };

/** A pure file of supervision sees not even the call directory. */
const SUPERVISION_PURE = ["src/core/", "src/mixer/matrix.ts", "src/supervision/"];

export const LINES_PER_FILE = 350;

/** The name of the rule that was broken, and where. */
export interface Violation {
  readonly rule: "scan" | "layer" | "package" | "pure" | "cycle" | "size";
  readonly where: string;
}

/** Every breach of the rules in `files`, which are all TypeScript files under src/. Nothing scanned is a breach too. */
export function violations(
  files: readonly ScannedFile[],
  shells: Readonly<Record<string, string>>,
): Violation[] {
  const house = files.filter((file) => !file.path.endsWith(".test.ts"));
  const known = new Set(house.map((file) => file.path));
  return [
    ...scanViolations(house, known, shells),
    ...house.flatMap((file) => layerViolations(file)),
    ...house.flatMap((file) => pureViolations(file, shells)),
    ...cycleViolations(house),
    ...house
      .filter((file) => file.lineCount > LINES_PER_FILE)
      .map((file): Violation => ({ rule: "size", where: `${file.path}: ${file.lineCount} lines` })),
  ];
}

function scanViolations(
  house: readonly ScannedFile[],
  known: ReadonlySet<string>,
  shells: Readonly<Record<string, string>>,
): Violation[] {
  const found: Violation[] = [];
  const scan = (where: string) => found.push({ rule: "scan", where });
  if (house.length === 0) scan("no file was scanned");
  if (house.every((file) => file.imports.length === 0)) scan("no import was seen");
  for (const file of house) {
    for (const { target, line } of file.imports) {
      if (target.startsWith("src/") && !known.has(target)) {
        scan(`${file.path}:${line} imports ${target}, which was not scanned`);
      }
    }
  }
  for (const shell of Object.keys(shells)) {
    if (!house.some((file) => file.path.startsWith(shell)))
      scan(`${shell} is listed as a shell but is no file`);
  }
  return found;
}

function layerViolations(file: ScannedFile): Violation[] {
  const name = layerOf(file.path);
  const layer = LAYERS[name];
  if (layer === undefined)
    return [{ rule: "layer", where: `${file.path}: ${name} is no layer of the house` }];
  const startsWithOne = (target: string, prefixes: readonly string[] = []) =>
    [`${name}/`, ...prefixes].some((prefix) => target.startsWith(`src/${prefix}`));

  return file.imports.flatMap(({ target, typeOnly, line }): Violation[] => {
    const where = `${file.path}:${line} imports ${target}`;
    if (file.path.startsWith(DEMO.from) && target.startsWith(DEMO.to)) return [];
    if (isPackage(target)) {
      const allowed = target.startsWith("node:") ? name !== "core" : layer.packages.includes(target);
      return allowed ? [] : [{ rule: "package", where }];
    }
    const allowed = startsWithOne(target, layer.imports) || (typeOnly && startsWithOne(target, layer.types));
    return allowed ? [] : [{ rule: "layer", where }];
  });
}

function pureViolations(file: ScannedFile, shells: Readonly<Record<string, string>>): Violation[] {
  const isShell = (path: string) => Object.keys(shells).some((shell) => path.startsWith(shell));
  if (isShell(file.path)) return [];
  const found = file.globals.map(({ name, line }) => `${file.path}:${line} uses ${name}`);
  for (const { target, typeOnly, line } of file.imports) {
    const where = `${file.path}:${line} imports ${target}`;
    if (target.startsWith("node:")) found.push(where);
    else if (!typeOnly && isShell(target)) found.push(`${where}, a shell`);
    else if (
      layerOf(file.path) === "supervision" &&
      !SUPERVISION_PURE.some((allowed) => target.startsWith(allowed))
    ) {
      found.push(where);
    }
  }
  return found.map((where) => ({ rule: "pure", where }));
}

/** Cycles of imports that run, each told once, at the file by which the search entered it. Types may know each other. */
function cycleViolations(house: readonly ScannedFile[]): Violation[] {
  const byPath = new Map(house.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push({ rule: "cycle", where: [...trail.slice(start), path].join(" -> ") });
      return;
    }
    if (done.has(path)) return;
    for (const { target, typeOnly } of byPath.get(path)?.imports ?? []) {
      if (!typeOnly) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const file of house) visit(file.path, []);
  return found;
}

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function isPackage(target: string): boolean {
  return !target.startsWith("src/") && !target.startsWith("test/") && !target.startsWith(".");
}
