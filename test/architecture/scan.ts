import { readdirSync, readFileSync } from "node:fs";
import { join, posix, sep } from "node:path";
import ts from "typescript";

/** One import, export-from, `import()` or `new URL("./x.ts", import.meta.url)` of a file. */
export interface Import {
  /** A path from the root ("src/core/result.ts"), or a package or `node:` specifier as written. */
  readonly target: string;
  /** Erased before it runs: `import type`, or a type that names a module. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** The use of a global that a pure file must not touch, for example "Date" or "Math.random". */
export interface GlobalUse {
  readonly name: string;
  readonly line: number;
}

export interface ScannedFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly globals: readonly GlobalUse[];
}

/** Globals that read a clock, a random source or the world, or that write to it. */
const IMPURE_GLOBALS = new Set([
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "console",
  "process",
  "crypto",
  "fetch",
  "globalThis",
]);

/** Reads every TypeScript file under `root/folder`. */
export function scanTree(root: string, folder: string): ScannedFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => posix.join(folder, name.split(sep).join("/")))
    .sort()
    .map((path) => scanText(path, readFileSync(join(root, path), "utf8")));
}

/** Reads one file's imports and globals out of its syntax tree. */
export function scanText(path: string, text: string): ScannedFile {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Import[] = [];
  const globals: GlobalUse[] = [];
  const declared = new Set<string>();
  const lineOf = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

  const visit = (node: ts.Node): void => {
    const found = importIn(node);
    if (found !== undefined) {
      imports.push({ target: resolve(path, found.specifier), typeOnly: found.typeOnly, line: lineOf(node) });
    }
    if (isDeclaration(node) && node.name !== undefined && ts.isIdentifier(node.name)) {
      declared.add(node.name.text);
    }
    const name = globalIn(node);
    if (name !== undefined) globals.push({ name, line: lineOf(node) });
    ts.forEachChild(node, visit);
  };
  visit(source);

  return {
    path,
    lineCount: text.replace(/\n$/, "").split("\n").length,
    imports,
    globals: globals.filter((use) => !declared.has(use.name)),
  };
}

function resolve(path: string, specifier: string): string {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : specifier;
}

function importIn(node: ts.Node): { specifier: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return {
      specifier: node.moduleSpecifier.text,
      typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const { literal } = node.argument;
    return ts.isStringLiteral(literal) ? { specifier: literal.text, typeOnly: true } : undefined;
  }
  const [first, second] = ts.isCallExpression(node) || ts.isNewExpression(node) ? (node.arguments ?? []) : [];
  if (first === undefined || !ts.isStringLiteralLike(first)) return undefined;
  const isImportCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isModuleUrl =
    ts.isNewExpression(node) && second?.getText() === "import.meta.url" && /\.[jt]s$/.test(first.text);
  return isImportCall || isModuleUrl ? { specifier: first.text, typeOnly: false } : undefined;
}

function isDeclaration(node: ts.Node): node is ts.NamedDeclaration {
  return (
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isImportSpecifier(node) ||
    ts.isImportClause(node) ||
    ts.isBindingElement(node)
  );
}

/** The impure global that this identifier is, if it stands for a value and not for a property, a key or a type. */
function globalIn(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return node.text === "random" && parent.expression.getText() === "Math" ? "Math.random" : undefined;
  }
  if (!IMPURE_GLOBALS.has(node.text)) return undefined;
  if (ts.isTypeNode(parent) || ts.isTypeElement(parent) || ts.isQualifiedName(parent)) return undefined;
  if ((ts.isPropertyAssignment(parent) || ts.isClassElement(parent)) && parent.name === node)
    return undefined;
  // `new Date(ms)` only writes a given time in another form: it reads no clock.
  if (node.text === "Date" && ts.isNewExpression(parent) && (parent.arguments?.length ?? 0) > 0) {
    return undefined;
  }
  return node.text;
}
