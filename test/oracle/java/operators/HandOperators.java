package oracle;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.TimestampExtractor;

/**
 * The Processor API. Nodes are added when the DSL has built its part, in the order of the scenario; the id of a node is its name.
 * A processor brings its stores with it, unless the option {@code connected} says that they are connected by hand.
 */
final class HandOperators {
    static void add(final Operators all) {
        all.on("topology", "addSource", HandOperators::addSource);
        all.on("topology", "addProcessor", HandOperators::addProcessor);
        all.on("topology", "addSink", HandOperators::addSink);
        all.on("topology", "addStateStore", call -> {
            final var store = call.plan().store(call.o().text("store")).builder();
            final String[] processors = call.o().texts("processors").toArray(String[]::new);
            call.plan().later(topology -> topology.addStateStore(store, processors));
            return null;
        });
        all.on("topology", "connectProcessorAndStateStores", call -> {
            final String processor = call.o().text("processor");
            final String[] stores = call.o().texts("stores").toArray(String[]::new);
            for (final String id : stores) call.plan().store(id);
            call.plan().later(topology -> topology.connectProcessorAndStateStores(processor, stores));
            return null;
        });
    }

    private static Flow addSource(final Call call) {
        final Options o = call.o();
        final String name = call.id();
        final String key = o.text("key", "string");
        final String value = o.text("value", "string");
        final TimestampExtractor extractor = o.has("extractor") ? Functions.extractor(o.text("extractor")) : null;
        final AutoOffsetReset reset = o.has("offsetReset") ? Sources.offsetReset(o.text("offsetReset")) : null;
        final Deserializer<?> keys = SerdesByName.serde(key).deserializer();
        final Deserializer<?> values = SerdesByName.serde(value).deserializer();
        if (o.has("pattern")) {
            final Pattern pattern = Pattern.compile(o.text("pattern"));
            call.plan().later(topology -> topology.addSource(reset, name, extractor, keys, values, pattern));
        } else {
            final String[] topics = o.has("topic") ? new String[] {o.text("topic")} : o.texts("topics").toArray(String[]::new);
            call.plan().later(topology -> topology.addSource(reset, name, extractor, keys, values, topics));
        }
        return new Flow("node", name, key, value);
    }

    private static Flow addProcessor(final Call call) {
        final Options o = call.o();
        final String name = call.id();
        final String[] parents = parents(call);
        final boolean connected = Boolean.TRUE.equals(o.flagOrNull("connected"));
        final Plan.Stores stores = call.plan().stores(o.texts("stores"));
        final var supplier = Processors.free(o.text("processor"), stores.names(), connected ? Set.of() : new HashSet<>(stores.owned()));
        call.plan().later(topology -> {
            topology.addProcessor(name, supplier, parents);
            if (!connected && !stores.connected().isEmpty()) topology.connectProcessorAndStateStores(name, stores.connected().toArray(String[]::new));
        });
        return new Flow("node", name, o.text("key", "string"), o.text("value", "string"));
    }

    private static Flow addSink(final Call call) {
        final Options o = call.o();
        final String name = call.id();
        final String[] parents = parents(call);
        final Serializer<Object> keys = SerdesByName.serde(o.text("key", "string")).serializer();
        final Serializer<Object> values = SerdesByName.serde(o.text("value", "string")).serializer();
        final StreamPartitioner<Object, Object> partitioner = o.has("partitioner") ? Functions.partitioner(o.text("partitioner")) : null;
        if (o.has("topic")) {
            final String topic = o.text("topic");
            call.plan().later((Topology topology) -> topology.addSink(name, topic, keys, values, partitioner, parents));
        } else {
            final var choice = Functions.topicChoice(o.text("topicChoice"));
            call.plan().later((Topology topology) -> topology.addSink(name, choice, keys, values, partitioner, parents));
        }
        return null;
    }

    private static String[] parents(final Call call) {
        for (final String id : call.o().texts("parents")) call.plan().flow(id, "node");
        return call.o().texts("parents").toArray(String[]::new);
    }

    private HandOperators() { }
}
