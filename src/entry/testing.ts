export { halt } from '../testing/halt.ts'
export { testDriver } from '../testing/test-driver.ts'
export type { TestDriverConfig } from '../testing/test-driver.ts'
export type {
  PipeOptions,
  TestInputOptions,
  TestInputTopic,
  TestOutputTopic,
  TestRecord,
  TopologyTestDriver,
} from '../testing/topology-test-driver.ts'
