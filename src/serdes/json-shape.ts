/** How many keys may follow the same ones, and how many nodes one reader may have. More of them are data rather than shape. */
const FOLLOWERS_MAX = 8
const SHAPES_MAX = 400
const ELEMENTS_SEEN_MAX = 4
const DEPTH_MAX = 16

/** How many shapes there are below one root, all in all. */
interface ShapeCount {
  count: number
}

/**
 * The keys that objects had so far, as a tree: a node is the keys from the root to it, in their order. The root is that of objects of which
 * nothing was read yet.
 */
export class JsonShape {
  /** The last key with its quotes, as it is in the text. */
  readonly quoted: Buffer
  readonly #names: readonly string[]
  readonly #following: JsonShape[] = []
  readonly #shapes: ShapeCount
  /** An object with these keys, to be copied: the engine knows its layout. `null` until one was seen that ends here. */
  #template: Record<string, unknown> | null = null
  #inner: JsonShape | null = null

  constructor(quoted: string = '', names: readonly string[] = [], shapes: ShapeCount = { count: 0 }) {
    this.quoted = Buffer.from(quoted)
    this.#names = names
    this.#shapes = shapes
  }

  /** Whether an object may end here. */
  get hasEnd(): boolean {
    return this.#template !== null
  }

  /** The root for objects that are the value of the last key, or elements of it. */
  get inner(): JsonShape {
    return (this.#inner ??= new JsonShape('', [], this.#shapes))
  }

  /** The shape with the key, in its quotes, that `bytes` have at `at` added; `null`: that is not known. */
  nextAt(bytes: Buffer, at: number): JsonShape | null {
    const following = this.#following
    for (let index = 0; index < following.length; index++) {
      const shape = following[index]!
      if (isAt(shape.quoted, bytes, at)) return shape
    }
    return null
  }

  /** An object of this shape with `values` from `first` on, in the order of the keys. */
  objectOf(values: readonly unknown[], first: number): object {
    const object: Record<string, unknown> = { ...this.#template }
    const names = this.#names
    for (let index = 0; index < names.length; index++) object[names[index]!] = values[first + index]
    return object
  }

  /** Adds the shape of an object that `JSON.parse` gave, and of those in it. */
  learn(value: object, depth: number = 0): void {
    if (depth > DEPTH_MAX) return
    const last = Object.entries(value).reduce<JsonShape | null>((shape, [name, inner]) => {
      const next = shape === null ? null : shape.#with(name)
      if (next !== null) next.#learnInner(inner, depth + 1)
      return next
    }, this)
    if (last === null || last.#template !== null) return
    // Parsed, so that it has the layout that the engine gives to what it parses.
    last.#template = JSON.parse(`{${last.#names.map((name) => `${JSON.stringify(name)}:null`).join(',')}}`) as Record<string, unknown>
  }

  #learnInner(value: unknown, depth: number): void {
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return
    if (!Array.isArray(value)) this.inner.learn(value, depth)
    else for (const element of value.slice(0, ELEMENTS_SEEN_MAX)) this.#learnInner(element, depth + 1)
  }

  /** The shape with one more key; `null` where that is none that may be known. */
  #with(name: string): JsonShape | null {
    const quoted = `"${name}"`
    const known = this.#following.find((shape) => shape.#names.at(-1) === name)
    if (known !== undefined) return known
    // Numbers are put in an order of their own: such keys, and those with escapes, are left to the parser.
    if (/^\d+$/.test(name) || JSON.stringify(name) !== quoted) return null
    if (this.#following.length >= FOLLOWERS_MAX || this.#shapes.count >= SHAPES_MAX) return null
    this.#shapes.count++
    const shape = new JsonShape(quoted, [...this.#names, name], this.#shapes)
    this.#following.push(shape)
    return shape
  }
}

function isAt(part: Buffer, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < part.length; index++) if (bytes[at + index] !== part[index]) return false
  return true
}
