import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJavaTests } from '../oracle/java-test-sources.ts'
import { readJavaTestsPage } from '../oracle/java-tests.ts'
import { javaSkipReason } from '../oracle/maven.ts'

test("Java's tests: the page has every method of its classes, and no other", { skip: javaSkipReason() }, () => {
  const published = readJavaTests()
  for (const { name, lists } of readJavaTestsPage()) {
    assert.deepEqual(lists.flatMap(({ methods }) => methods).sort(), [...(published.get(name) ?? [`no class ${name}`])].sort(), name)
  }
})
