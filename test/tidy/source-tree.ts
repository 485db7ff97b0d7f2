import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Node, parseSync, type ParseResult } from 'oxc-parser'

/** The root of the repository, without a slash at the end. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

/** A TypeScript file of the repository. */
export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
  readonly parsed: ParseResult
}

/** One import or re-export, resolved. */
export interface Import {
  /** As written. */
  readonly specifier: string
  /** From the root where `specifier` is relative; else undefined: a package or a Node module. */
  readonly target: string | undefined
  /** Whether nothing of it is left at run time. */
  readonly isType: boolean
  readonly isDynamic: boolean
  /** The names that are imported, as the other module calls them. */
  readonly names: readonly string[]
  readonly line: number
}

const ignored = new Set(['node_modules', 'dist', '.git', 'target', 'coverage'])
const pathCache = new Map<string, readonly string[]>()
const fileCache = new Map<string, SourceFile>()

/** All files under `folder` (from the root), sorted, without what is installed or built. */
export function listFiles(folder: string): readonly string[] {
  let paths = pathCache.get(folder)
  if (paths === undefined) pathCache.set(folder, (paths = walk(join(root, folder)).sort()))
  return paths
}

function walk(folder: string): string[] {
  const found: string[] = []
  for (const name of readdirSync(folder)) {
    if (ignored.has(name)) continue
    const path = join(folder, name)
    if (statSync(path).isDirectory()) found.push(...walk(path))
    else found.push(relative(root, path).split(sep).join('/'))
  }
  return found
}

/** The text of a file of the repository. */
export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The parsed TypeScript file at `path`. */
export function readSource(path: string): SourceFile {
  let file = fileCache.get(path)
  if (file === undefined) {
    const text = readText(path)
    fileCache.set(path, (file = { path, text, parsed: parseSync(path, text) }))
  }
  return file
}

/** The TypeScript files under `folder`. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return listFiles(folder)
    .filter((path) => path.endsWith('.ts'))
    .map(readSource)
}

/** Every TypeScript file of the repository. */
export function allSourceFiles(): readonly SourceFile[] {
  return ['src', 'test', 'examples', 'bench', 'tools'].filter((folder) => existsFolder(folder)).flatMap(sourceFiles)
}

function existsFolder(folder: string): boolean {
  return statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory() === true
}

/** Tests and contract suites are not built: layers, purity and function sizes do not bind them. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.endsWith('/contract.ts')
}

/** The number of the line that holds the character at `offset`, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) line++
  return line
}

/** Every import, re-export and dynamic import of `file`. */
export function importsOf(file: SourceFile): readonly Import[] {
  const { module } = file.parsed
  const found: Import[] = []
  const add = (specifier: string, start: number, rest: Pick<Import, 'isType' | 'isDynamic' | 'names'>): void => {
    const isRelative = specifier.startsWith('.')
    const target = isRelative ? posix.normalize(posix.join(dirname(file.path), specifier)) : undefined
    found.push({ specifier, target, ...rest, line: lineAt(file.text, start) })
  }
  for (const { moduleRequest, entries, start } of module.staticImports) {
    const isType = entries.length > 0 && entries.every((entry) => entry.isType)
    const names = entries.map((entry) => entry.importName.name ?? entry.importName.kind)
    add(moduleRequest.value, start, { isType, isDynamic: false, names })
  }
  for (const { entries, start } of module.staticExports) {
    for (const request of new Set(entries.flatMap((entry) => entry.moduleRequest?.value ?? []))) {
      const own = entries.filter((entry) => entry.moduleRequest?.value === request)
      const names = own.map((entry) => entry.importName.name ?? entry.importName.kind)
      add(request, start, { isType: own.every((entry) => entry.isType), isDynamic: false, names })
    }
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const specifier = /^['"](.*)['"]$/.exec(file.text.slice(moduleRequest.start, moduleRequest.end))?.[1]
    if (specifier !== undefined) add(specifier, start, { isType: false, isDynamic: true, names: [] })
  }
  return found
}

/** Calls `visit` for every node of the syntax tree under `node`, parents first. */
export function visitNodes(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  visit(node, parent)
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) visitNodes(item, visit, node)
    } else if (isNode(value)) visitNodes(value, visit, node)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
