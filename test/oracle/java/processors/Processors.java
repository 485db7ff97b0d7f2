package oracle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;

/** The registry of processors: a function of the context that gives what is done with a record; test/oracle/processors/registry.ts is the twin. */
final class Processors {
    /** The processors of an area. */
    interface Area {
        void addTo(Processors processors);
    }

    /** Called once per task. */
    interface Free {
        Consumer<Record<Object, Object>> open(ProcessorContext<Object, Object> context, Stores stores);
    }

    /** As Free, of processValues. */
    interface Fixed {
        Consumer<FixedKeyRecord<Object, Object>> open(FixedKeyProcessorContext<Object, Object> context, Stores stores);
    }

    /** The stores of a processor, in the order of the option "stores". */
    record Stores(ProcessingContext context, List<String> names) {
        <S extends StateStore> S get(final int index) {
            return context.getStateStore(names.get(index));
        }
    }

    private static final List<Area> AREAS = List.of(PlainProcessors::add, TimerProcessors::add, KeyValueProcessors::add, GlobalProcessors::add, WindowProcessors::add, VersionedProcessors::add, SessionProcessors::add, CallProcessors::add);
    private static final Processors ALL = new Processors();

    private final Map<String, Free> free = new HashMap<>();
    private final Map<String, Fixed> fixed = new HashMap<>();

    private Processors() {
        for (final Area area : AREAS) area.addTo(this);
    }

    /** Adds a processor of process. */
    void free(final String name, final Free processor) {
        if (free.put(name, processor) != null) throw new IllegalStateException("processor \"" + name + "\" is there twice");
    }

    /** Adds a processor of processValues. */
    void fixed(final String name, final Fixed processor) {
        if (fixed.put(name, processor) != null) throw new IllegalStateException("processor of values \"" + name + "\" is there twice");
    }

    static ProcessorSupplier<Object, Object, Object, Object> free(final String name, final List<String> names, final Set<StoreBuilder<?>> owned) {
        final Free found = ALL.free.get(name);
        if (found == null) throw new ScenarioException("processor \"" + name + "\" is not known");
        return new ProcessorSupplier<>() {
            @Override
            public Processor<Object, Object, Object, Object> get() {
                return new Processor<>() {
                    private Consumer<Record<Object, Object>> opened;

                    @Override
                    public void init(final ProcessorContext<Object, Object> context) {
                        opened = found.open(context, new Stores(context, names));
                    }

                    @Override
                    public void process(final Record<Object, Object> record) {
                        opened.accept(record);
                    }
                };
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return owned.isEmpty() ? null : owned;
            }
        };
    }

    static FixedKeyProcessorSupplier<Object, Object, Object> fixed(final String name, final List<String> names, final Set<StoreBuilder<?>> owned) {
        final Fixed found = ALL.fixed.get(name);
        if (found == null) throw new ScenarioException("processor of values \"" + name + "\" is not known");
        return new FixedKeyProcessorSupplier<>() {
            @Override
            public FixedKeyProcessor<Object, Object, Object> get() {
                return new FixedKeyProcessor<>() {
                    private Consumer<FixedKeyRecord<Object, Object>> opened;

                    @Override
                    public void init(final FixedKeyProcessorContext<Object, Object> context) {
                        opened = found.open(context, new Stores(context, names));
                    }

                    @Override
                    public void process(final FixedKeyRecord<Object, Object> record) {
                        opened.accept(record);
                    }
                };
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return owned.isEmpty() ? null : owned;
            }
        };
    }
}
