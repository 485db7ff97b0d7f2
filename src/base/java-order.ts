/** Java's `String.hashCode`. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(31, hash) + text.charCodeAt(index)) | 0
  return hash
}

/**
 * The order in which a `java.util.HashSet` (or the keys of a `HashMap`) that grew by adding `names` one by one is iterated: by bucket,
 * then by age. `describe()` needs it to print what Java prints (P§10.4). `names` must be distinct.
 */
export function inHashOrder(names: readonly string[]): string[] {
  return byHash(names, javaHashCode)
}

/**
 * As `inHashOrder`, for objects with the hash codes that `hashOf` gives. `mostEver`: how many the set has held at most, if it has lost some
 * since; it does not shrink.
 */
export function byHash<T>(items: readonly T[], hashOf: (item: T) => number, mostEver: number = items.length): T[] {
  let buckets = 16
  while (mostEver > buckets * 0.75) buckets *= 2
  const bucketOf = (item: T): number => {
    const hash = hashOf(item)
    return (hash ^ (hash >>> 16)) & (buckets - 1)
  }
  return items
    .map((item) => ({ item, bucket: bucketOf(item) }))
    .sort((left, right) => left.bucket - right.bucket)
    .map(({ item }) => item)
}

interface Entry<T> {
  readonly value: T
  parent: Entry<T> | null
  left: Entry<T> | null
  right: Entry<T> | null
  red: boolean
}

/**
 * A `java.util.TreeSet`: a red-black tree that compares only while it inserts. Java's description adds nodes to such sets while the sizes
 * by which they are compared still change, so the printed order depends on the exact shape of the tree.
 */
export class JavaTreeSet<T> implements Iterable<T> {
  readonly #compare: (left: T, right: T) => number
  #root: Entry<T> | null = null

  constructor(compare: (left: T, right: T) => number) {
    this.#compare = compare
  }

  /** Adds `value` unless an equal one is met on the way down. */
  add(value: T): void {
    let parent: Entry<T> | null = null
    let current = this.#root
    let order = 0
    while (current !== null) {
      parent = current
      order = this.#compare(value, current.value)
      if (order === 0) return
      current = order < 0 ? current.left : current.right
    }
    const entry: Entry<T> = { value, parent, left: null, right: null, red: true }
    if (parent === null) this.#root = entry
    else if (order < 0) parent.left = entry
    else parent.right = entry
    this.#rebalance(entry)
  }

  *[Symbol.iterator](): Iterator<T> {
    yield* inOrder(this.#root)
  }

  #rebalance(added: Entry<T>): void {
    let entry = added
    while (entry.parent !== null && entry.parent.red) {
      const parent: Entry<T> = entry.parent
      // A red entry is never the root: it has a parent.
      const grandparent = parent.parent as Entry<T>
      const isLeft = parent === grandparent.left
      const uncle = isLeft ? grandparent.right : grandparent.left
      if (uncle !== null && uncle.red) {
        parent.red = false
        uncle.red = false
        grandparent.red = true
        entry = grandparent
        continue
      }
      if (entry === (isLeft ? parent.right : parent.left)) {
        entry = parent
        this.#rotate(entry, isLeft)
      }
      const top = entry.parent as Entry<T>
      top.red = false
      grandparent.red = true
      this.#rotate(grandparent, !isLeft)
    }
    if (this.#root !== null) this.#root.red = false
  }

  /** Puts the child of the other side in the place of `entry`; `toLeft`: the right child. */
  #rotate(entry: Entry<T>, toLeft: boolean): void {
    const child = (toLeft ? entry.right : entry.left) as Entry<T>
    const inner = toLeft ? child.left : child.right
    if (toLeft) entry.right = inner
    else entry.left = inner
    if (inner !== null) inner.parent = entry
    child.parent = entry.parent
    if (entry.parent === null) this.#root = child
    else if (entry.parent.left === entry) entry.parent.left = child
    else entry.parent.right = child
    if (toLeft) child.left = entry
    else child.right = entry
    entry.parent = child
  }
}

function* inOrder<T>(entry: Entry<T> | null): Generator<T> {
  if (entry === null) return
  yield* inOrder(entry.left)
  yield entry.value
  yield* inOrder(entry.right)
}
