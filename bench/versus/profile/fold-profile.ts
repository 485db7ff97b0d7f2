import type { CpuProfile, ProfileNode } from './cpu-profile.ts'

/** Where CPU time goes. */
export interface FoldedProfile {
  /** Microseconds in which a thread did something. */
  readonly busyUs: number
  /** By layer, which is a folder of src; what is not ours has names in brackets. The greatest first. */
  readonly layers: ReadonlyMap<string, number>
  /** By function, as `name file:line`. The greatest first. */
  readonly functions: ReadonlyMap<string, number>
}

/** What a node of a profile is counted as. */
interface Place {
  readonly layer: string
  readonly name: string
}

const idle = '(idle)'
const FOLDER = /\/src\/([^/]+)\//
/** What the engine does by itself: V8's own names of it. */
const engineNames: Readonly<Record<string, string>> = {
  '(garbage collector)': '[garbage collection]',
  '(program)': '[native code without a caller]',
  '(root)': '[native code without a caller]',
}

/**
 * Adds up where profiles were seen, by layer: a function counts for the folder of src that it is in; what V8 and Node do inside of a call counts for
 * the function of ours that called it. `window`: microseconds of the monotonic clock; what lies outside of it does not count.
 */
export function foldProfiles(profiles: readonly CpuProfile[], window: readonly [number, number] = [0, Infinity]): FoldedProfile {
  const layers = new Map<string, number>()
  const functions = new Map<string, number>()
  let busyUs = 0
  for (const profile of profiles) {
    const places = placesOf(profile.nodes)
    let atUs = profile.startTime
    for (const [index, id] of profile.samples.entries()) {
      const deltaUs = profile.timeDeltas[index]!
      atUs += deltaUs
      const place = places.get(id)!
      if (atUs < window[0] || atUs > window[1] || place.layer === idle) continue
      busyUs += deltaUs
      layers.set(place.layer, (layers.get(place.layer) ?? 0) + deltaUs)
      functions.set(place.name, (functions.get(place.name) ?? 0) + deltaUs)
    }
  }
  return { busyUs, layers: sorted(layers), functions: sorted(functions) }
}

function placesOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, Place> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const places = new Map<number, Place>()
  const placeOf = (node: ProfileNode): Place => {
    const known = places.get(node.id)
    if (known !== undefined) return known
    const parent = byId.get(parents.get(node.id) ?? -1)
    const place = ownPlace(node) ?? (parent === undefined ? unknownPlace(node) : inherited(node, placeOf(parent)))
    places.set(node.id, place)
    return place
  }
  for (const node of nodes) placeOf(node)
  return places
}

/** The place of a function that has one by itself: it is in the repository, or it is no function. */
function ownPlace({ callFrame: { functionName, url, lineNumber } }: ProfileNode): Place | null {
  if (functionName === idle) return { layer: idle, name: idle }
  const engine = engineNames[functionName]
  if (engine !== undefined && url === '') return { layer: engine, name: engine }
  const folder = FOLDER.exec(url)
  if (folder === null && !url.includes('/bench/')) return null
  const file = url.slice(url.lastIndexOf(folder === null ? '/bench/' : '/src/') + 1)
  return {
    layer: folder?.[1] ?? '[the application]',
    name: `${functionName === '' ? '(anonymous)' : functionName} ${file}:${lineNumber + 1}`,
  }
}

/** Something of V8 or Node: it counts for who called it, under its own name. */
function inherited({ callFrame: { functionName, url } }: ProfileNode, caller: Place): Place {
  const isOurs = !caller.layer.startsWith('[native')
  const where = url === '' ? 'V8' : url.slice(url.lastIndexOf('/') + 1)
  const name = `${functionName === '' ? '(anonymous)' : functionName} (${where})`
  return isOurs ? { layer: caller.layer, name: `${name} for ${caller.name.split(' for ').at(-1)}` } : { layer: '[Node]', name }
}

function unknownPlace({ callFrame: { functionName } }: ProfileNode): Place {
  return { layer: '[native code without a caller]', name: functionName }
}

function sorted(figures: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...figures].toSorted(([, left], [, right]) => right - left))
}
