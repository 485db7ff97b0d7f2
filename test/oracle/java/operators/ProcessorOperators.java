package oracle;

import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;

/** Processors within the DSL. */
final class ProcessorOperators {
    static void add(final Operators all) {
        all.on("stream", "process", call -> {
            final Options o = call.o();
            final KStream<Object, Object> s = call.from().get();
            final Named n = Common.named(o);
            final Plan.Stores stores = call.plan().stores(o.texts("stores"));
            final ProcessorSupplier<Object, Object, Object, Object> supplier = Processors.free(o.text("processor"), stores.names(), stores.owned());
            final String[] others = stores.connected().toArray(String[]::new);
            return new Flow("stream", n == null ? s.process(supplier, others) : s.process(supplier, n, others), o.text("key", call.from().key()), o.text("value", "string"));
        });
        all.on("stream", "processValues", call -> {
            final Options o = call.o();
            final KStream<Object, Object> s = call.from().get();
            final Named n = Common.named(o);
            final Plan.Stores stores = call.plan().stores(o.texts("stores"));
            final FixedKeyProcessorSupplier<Object, Object, Object> supplier = Processors.fixed(o.text("processor"), stores.names(), stores.owned());
            final String[] others = stores.connected().toArray(String[]::new);
            return new Flow("stream", n == null ? s.processValues(supplier, others) : s.processValues(supplier, n, others), call.from().key(), o.text("value", "string"));
        });
    }

    private ProcessorOperators() { }
}
