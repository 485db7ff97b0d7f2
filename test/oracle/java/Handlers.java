package oracle;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;

/** Exception handlers of scenarios; those of test/oracle/run-scenario.ts have the same names. */
public final class Handlers {
    /** Goes on after failures of records with odd offsets. */
    public static final class SkipOddOffsets implements DeserializationExceptionHandler, ProcessingExceptionHandler, ProductionExceptionHandler {
        @Override
        public DeserializationExceptionHandler.Response handleError(final ErrorHandlerContext context, final ConsumerRecord<byte[], byte[]> record, final Exception error) {
            return isOdd(context) ? DeserializationExceptionHandler.Response.resume() : DeserializationExceptionHandler.Response.fail();
        }

        @Override
        public ProcessingExceptionHandler.Response handleError(final ErrorHandlerContext context, final Record<?, ?> record, final Exception error) {
            return isOdd(context) ? ProcessingExceptionHandler.Response.resume() : ProcessingExceptionHandler.Response.fail();
        }

        @Override
        public ProductionExceptionHandler.Response handleError(final ErrorHandlerContext context, final ProducerRecord<byte[], byte[]> record, final Exception error) {
            return isOdd(context) ? ProductionExceptionHandler.Response.resume() : ProductionExceptionHandler.Response.fail();
        }

        @Override
        @SuppressWarnings("rawtypes")
        public ProductionExceptionHandler.Response handleSerializationError(
            final ErrorHandlerContext context, final ProducerRecord record, final Exception error, final SerializationExceptionOrigin origin) {
            return isOdd(context) ? ProductionExceptionHandler.Response.resume() : ProductionExceptionHandler.Response.fail();
        }

        private static boolean isOdd(final ErrorHandlerContext context) {
            return context.offset() % 2 == 1;
        }

        @Override
        public void configure(final Map<String, ?> configs) { }
    }

    /** Fails itself. */
    public static final class Failing implements DeserializationExceptionHandler, ProcessingExceptionHandler, ProductionExceptionHandler {
        @Override
        public DeserializationExceptionHandler.Response handleError(final ErrorHandlerContext context, final ConsumerRecord<byte[], byte[]> record, final Exception error) {
            throw new Boom();
        }

        @Override
        public ProcessingExceptionHandler.Response handleError(final ErrorHandlerContext context, final Record<?, ?> record, final Exception error) {
            throw new Boom();
        }

        @Override
        public ProductionExceptionHandler.Response handleError(final ErrorHandlerContext context, final ProducerRecord<byte[], byte[]> record, final Exception error) {
            throw new Boom();
        }

        @Override
        @SuppressWarnings("rawtypes")
        public ProductionExceptionHandler.Response handleSerializationError(
            final ErrorHandlerContext context, final ProducerRecord record, final Exception error, final SerializationExceptionOrigin origin) {
            throw new Boom();
        }

        @Override
        public void configure(final Map<String, ?> configs) { }
    }

    static String className(final String name) {
        return switch (name) {
            case "SkipOddOffsets", "Failing" -> "oracle.Handlers$" + name;
            default -> "org.apache.kafka.streams.errors." + name;
        };
    }

    private Handlers() { }
}
