/**
 * The URL of the module `name` for a thread to load. `here` is the `import.meta.url` of a module in its folder: the sources run as they are, or
 * joined into modules in one folder, where those that threads load have kept their names.
 */
export function moduleBeside(here: string, name: string): string {
  return new URL(`./${name}${here.slice(here.lastIndexOf('.'))}`, here).href
}
