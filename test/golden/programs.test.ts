import { readdirSync } from 'node:fs'
import { test } from 'node:test'

const folder = new URL('../types/programs/', import.meta.url)

// That they compile is the business of the type check; here they run, and assert what they put out.
for (const file of readdirSync(folder).filter((name) => /^\d.*\.ts$/.test(name))) {
  test(`StreamsBuilder: the program ${file} runs`, async () => {
    await import(new URL(file, folder).href)
  })
}
