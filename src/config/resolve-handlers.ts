import { ConfigError } from '../base/errors.ts'
import type { ConfigValues } from './check-config.ts'
import type { ResolvedConfig } from './resolved-config.ts'

const handlerKeys = ['deserializationExceptionHandler', 'processingExceptionHandler', 'productionExceptionHandler'] as const

/** The exception handlers out of checked values. Throws `ConfigError` where `dead-letter` is the answer but no topic is set. */
export function resolveHandlers(values: ConfigValues): ResolvedConfig['handlers'] {
  const deadLetterTopic = (values['errorsDeadLetterQueueTopicName'] as string | undefined) ?? null
  for (const key of handlerKeys) {
    if (values[key] === 'dead-letter' && deadLetterTopic === null) {
      throw new ConfigError(
        'CONFIG_MISSING',
        `Cannot set configuration key "${key}" to "dead-letter": errorsDeadLetterQueueTopicName is not set, a topic is required`,
        { configKey: 'errorsDeadLetterQueueTopicName' },
      )
    }
  }
  return {
    deserialization: values['deserializationExceptionHandler'] as ResolvedConfig['handlers']['deserialization'],
    processing: values['processingExceptionHandler'] as ResolvedConfig['handlers']['processing'],
    production: values['productionExceptionHandler'] as ResolvedConfig['handlers']['production'],
    uncaught: (values['uncaughtExceptionHandler'] as ResolvedConfig['handlers']['uncaught'] | undefined) ?? (() => 'shutdown-client'),
    deadLetterTopic,
    timestampExtractor: (values['defaultTimestampExtractor'] as ResolvedConfig['handlers']['timestampExtractor'] | undefined) ?? null,
  }
}
