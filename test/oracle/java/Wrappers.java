package oracle;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.ProcessorWrapper;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.WrappedFixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.WrappedProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Wrappers of processors; those of test/oracle/wrappers.ts have the same names. */
public final class Wrappers {
    /** What a wrapper does for a record before the processor inside gets it; the result is its headers. */
    interface Before {
        Headers run(String name, Function<String, Object> stores, Headers headers);
    }

    /** Prints the name of a node when it is wrapped, and for each of its records. */
    public static final class Printing extends Wrapper {
        public Printing() {
            super((name, stores, headers) -> {
                System.out.println("at " + name);
                return headers;
            }, Wrappers::none);
        }
    }

    /** Gives each record a header for each node that it passes. */
    public static final class Stamping extends Wrapper {
        public Stamping() {
            super((name, stores, headers) -> new RecordHeaders(headers).add("via", name.getBytes()), Wrappers::none);
        }
    }

    /** Counts the records of each node in a store of its own. */
    public static final class Counting extends Wrapper {
        public Counting() {
            super((name, stores, headers) -> {
                @SuppressWarnings("unchecked")
                final KeyValueStore<String, Long> rows = (KeyValueStore<String, Long>) stores.apply("seen-by-" + name);
                final Long before = rows.get(name);
                rows.put(name, before == null ? 1L : before + 1L);
                return headers;
            }, name -> Set.of(Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("seen-by-" + name), Serdes.String(), Serdes.Long())));
        }
    }

    private static Set<StoreBuilder<?>> none(final String name) {
        return Set.of();
    }

    private abstract static class Wrapper implements ProcessorWrapper {
        private final Before before;
        private final Function<String, Set<StoreBuilder<?>>> added;

        Wrapper(final Before before, final Function<String, Set<StoreBuilder<?>>> added) {
            this.before = before;
            this.added = added;
        }

        @Override
        public <KIn, VIn, KOut, VOut> WrappedProcessorSupplier<KIn, VIn, KOut, VOut> wrapProcessorSupplier(
            final String name, final ProcessorSupplier<KIn, VIn, KOut, VOut> supplier) {
            System.out.println("wraps " + name);
            return ProcessorWrapper.asWrapped(new ProcessorSupplier<KIn, VIn, KOut, VOut>() {
                @Override
                public Processor<KIn, VIn, KOut, VOut> get() {
                    return around(name, supplier.get());
                }

                @Override
                public Set<StoreBuilder<?>> stores() {
                    return union(supplier.stores(), added.apply(name));
                }
            });
        }

        private <KIn, VIn, KOut, VOut> Processor<KIn, VIn, KOut, VOut> around(final String name, final Processor<KIn, VIn, KOut, VOut> inner) {
            return new Processor<>() {
                private ProcessorContext<KOut, VOut> context;

                @Override
                public void init(final ProcessorContext<KOut, VOut> given) {
                    context = given;
                    inner.init(given);
                }

                @Override
                public void process(final Record<KIn, VIn> record) {
                    inner.process(record.withHeaders(before.run(name, context::getStateStore, record.headers())));
                }

                @Override
                public void close() {
                    inner.close();
                }
            };
        }

        @Override
        public <KIn, VIn, VOut> WrappedFixedKeyProcessorSupplier<KIn, VIn, VOut> wrapFixedKeyProcessorSupplier(
            final String name, final FixedKeyProcessorSupplier<KIn, VIn, VOut> supplier) {
            System.out.println("wraps " + name);
            return ProcessorWrapper.asWrappedFixedKey(new FixedKeyProcessorSupplier<KIn, VIn, VOut>() {
                @Override
                public FixedKeyProcessor<KIn, VIn, VOut> get() {
                    return around(name, supplier.get());
                }

                @Override
                public Set<StoreBuilder<?>> stores() {
                    return union(supplier.stores(), added.apply(name));
                }
            });
        }

        private <KIn, VIn, VOut> FixedKeyProcessor<KIn, VIn, VOut> around(final String name, final FixedKeyProcessor<KIn, VIn, VOut> inner) {
            return new FixedKeyProcessor<>() {
                private FixedKeyProcessorContext<KIn, VOut> context;

                @Override
                public void init(final FixedKeyProcessorContext<KIn, VOut> given) {
                    context = given;
                    inner.init(given);
                }

                @Override
                public void process(final FixedKeyRecord<KIn, VIn> record) {
                    inner.process(record.withHeaders(before.run(name, context::getStateStore, record.headers())));
                }

                @Override
                public void close() {
                    inner.close();
                }
            };
        }

        private static Set<StoreBuilder<?>> union(final Set<StoreBuilder<?>> own, final Set<StoreBuilder<?>> more) {
            final Set<StoreBuilder<?>> all = new LinkedHashSet<>(more);
            if (own != null) all.addAll(own);
            return all;
        }

        @Override
        public void configure(final Map<String, ?> configs) { }
    }

    static String className(final String name) {
        return switch (name) {
            case "Printing", "Stamping", "Counting" -> "oracle.Wrappers$" + name;
            default -> throw new ScenarioException("no such wrapper: " + name);
        };
    }

    private Wrappers() { }
}
