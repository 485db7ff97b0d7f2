import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { type Mutant, mutate } from './mutants.ts'

const root = new URL('../../', import.meta.url)

/** The source of `mutant.file` as it is. */
export function readOriginal(mutant: Mutant): string {
  return readFileSync(new URL(mutant.file, root), 'utf8')
}

/** From now on the module that `mutant` names is loaded with its bug. Returns whether it was loaded. */
export function loadMutant(mutant: Mutant): () => boolean {
  const target = new URL(mutant.file, root).href
  let isLoaded = false
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (url !== target) return loaded
      isLoaded = true
      // Types are stripped after this hook.
      return { ...loaded, source: mutate(mutant, readOriginal(mutant)) }
    },
  })
  return () => isLoaded
}
