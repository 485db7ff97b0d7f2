import type { AnyWindows } from '../planner/windows/window-plan.ts'

const kinds: readonly unknown[] = ['time', 'unlimited', 'sliding']

/** Gives `windows` back if they are windows other than sessions; throws `TypeError` if not, as they may come from plain JavaScript. */
export function requireWindows(windows: unknown): AnyWindows {
  if (kinds.includes((windows as { readonly kind?: unknown } | null | undefined)?.kind)) return windows as AnyWindows
  throw new TypeError(
    'Cannot cut a stream into windows: the argument is none, required is what timeWindows, unlimitedWindows, slidingWindows or sessionWindows made',
  )
}
