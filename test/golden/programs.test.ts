import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'

const folder = new URL('../types/programs/', import.meta.url)
let programs = 0

// That they compile, on both compilers, is the business of the type checks; here they run, and assert what they put out.
for (const file of readdirSync(folder).filter((name) => /^\d.*\.ts$/.test(name))) {
  if (!/^2\d-/.test(file)) {
    programs++
    test(`StreamsBuilder: the program ${file} runs`, async () => {
      await import(new URL(file, folder).href)
    })
    continue
  }
  // Files of many programs: each function is one.
  const exported: Record<string, () => void | Promise<void>> = await import(new URL(file, folder).href)
  for (const [name, program] of Object.entries(exported)) {
    programs++
    test(`StreamsBuilder: the program ${name} of ${file} runs`, async () => {
      await program()
    })
  }
}

test('StreamsBuilder: there are as many programs as are counted', () => {
  assert.equal(programs, 70)
})
