package oracle;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Branched;
import org.apache.kafka.streams.kstream.BranchedKStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KeyValueMapper;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Predicate;
import org.apache.kafka.streams.kstream.Printed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;

/** Operators on streams without state, and what makes tables and groups of them. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Streams {
    static void add(final Operators all) {
        all.on("stream", "filter", Streams::filter);
        all.on("stream", "filterNot", Streams::filterNot);
        all.on("stream", "peek", Streams::peek);
        all.on("stream", "foreach", Streams::foreach);
        all.on("stream", "print", Streams::print);
        all.on("stream", "map", Streams::map);
        all.on("stream", "mapValues", Streams::mapValues);
        all.on("stream", "selectKey", Streams::selectKey);
        all.on("stream", "flatMap", Streams::flatMap);
        all.on("stream", "flatMapValues", Streams::flatMapValues);
        all.on("stream", "split", Streams::split);
        all.on("stream", "merge", Streams::merge);
        all.on("stream", "repartition", Streams::repartition);
        all.on("stream", "to", Streams::to);
        all.on("stream", "toTable", Streams::toTable);
        all.on("stream", "groupByKey", call -> {
            final Flow from = call.from();
            return from.as("grouped stream", stream(call).groupByKey(Common.grouped(call.o(), from.key(), from.value())));
        });
        all.on("stream", "groupBy", call -> {
            final Flow from = call.from();
            final String mapper = call.o().text("keyMapper");
            final String key = Functions.serdeOf(mapper, from.key(), from.value());
            return new Flow("grouped stream", stream(call).groupBy(Functions.mapper(mapper)::apply, Common.grouped(call.o(), key, from.value())), key, from.value());
        });
    }

    private static KStream<Object, Object> stream(final Call call) {
        return call.from().get();
    }

    private static Flow filter(final Call call) {
        final Named n = Common.named(call.o());
        final Predicate<Object, Object> p = Functions.predicate(call.o().text("predicate"));
        return call.from().as("stream", n == null ? stream(call).filter(p) : stream(call).filter(p, n));
    }

    private static Flow filterNot(final Call call) {
        final Named n = Common.named(call.o());
        final Predicate<Object, Object> p = Functions.predicate(call.o().text("predicate"));
        return call.from().as("stream", n == null ? stream(call).filterNot(p) : stream(call).filterNot(p, n));
    }

    private static Flow peek(final Call call) {
        final Named n = Common.named(call.o());
        return call.from().as("stream", n == null ? stream(call).peek((k, v) -> { }) : stream(call).peek((k, v) -> { }, n));
    }

    private static Flow foreach(final Call call) {
        final Named n = Common.named(call.o());
        if (n == null) stream(call).foreach((k, v) -> { });
        else stream(call).foreach((k, v) -> { }, n);
        return null;
    }

    private static Flow print(final Call call) {
        final Options o = call.o();
        Printed<Object, Object> printed = Printed.toSysOut();
        if (o.has("name")) printed = printed.withName(o.text("name"));
        if (o.has("label")) printed = printed.withLabel(o.text("label"));
        if (o.has("mapper")) {
            final Functions.Mapper mapper = Functions.mapper(o.text("mapper"));
            printed = printed.withKeyValueMapper((k, v) -> Functions.text(mapper.apply(k, v)));
        }
        stream(call).print(printed);
        return null;
    }

    private static Flow map(final Call call) {
        final Options o = call.o();
        final Flow from = call.from();
        final Named n = Common.named(o);
        final var k = Functions.mapper(o.text("keyMapper"));
        final var v = Functions.mapper(o.text("valueMapper"));
        final KeyValueMapper<Object, Object, KeyValue<Object, Object>> f = (x, y) -> KeyValue.pair(k.apply(x, y), v.apply(x, y));
        final Object next = n == null ? stream(call).map(f) : stream(call).map(f, n);
        return new Flow("stream", next, Functions.serdeOf(o.text("keyMapper"), from.key(), from.value()), Functions.serdeOf(o.text("valueMapper"), from.key(), from.value()));
    }

    private static Flow mapValues(final Call call) {
        final Options o = call.o();
        final Flow from = call.from();
        final Named n = Common.named(o);
        final var v = Functions.mapper(o.text("valueMapper"));
        final Object next = n == null ? stream(call).mapValues((x, y) -> v.apply(x, y)) : stream(call).mapValues((x, y) -> v.apply(x, y), n);
        return new Flow("stream", next, from.key(), Functions.serdeOf(o.text("valueMapper"), from.key(), from.value()));
    }

    private static Flow selectKey(final Call call) {
        final Options o = call.o();
        final Flow from = call.from();
        final Named n = Common.named(o);
        final var k = Functions.mapper(o.text("keyMapper"));
        final Object next = n == null ? stream(call).selectKey((x, y) -> k.apply(x, y)) : stream(call).selectKey((x, y) -> k.apply(x, y), n);
        return new Flow("stream", next, Functions.serdeOf(o.text("keyMapper"), from.key(), from.value()), from.value());
    }

    private static Flow flatMap(final Call call) {
        final Options o = call.o();
        final Flow from = call.from();
        final Named n = Common.named(o);
        final var k = Functions.mapper(o.text("keyMapper"));
        final String list = o.text("list");
        Functions.list(list, "");
        final KeyValueMapper<Object, Object, Iterable<KeyValue<Object, Object>>> f =
            (x, y) -> Functions.list(list, y).stream().map(item -> KeyValue.pair(k.apply(x, item), item)).toList();
        final Object next = n == null ? stream(call).flatMap(f) : stream(call).flatMap(f, n);
        return new Flow("stream", next, Functions.serdeOf(o.text("keyMapper"), from.key(), "string"), "string");
    }

    private static Flow flatMapValues(final Call call) {
        final Named n = Common.named(call.o());
        final String list = call.o().text("list");
        Functions.list(list, "");
        final Object next = n == null ? stream(call).flatMapValues((x, y) -> Functions.list(list, y)) : stream(call).flatMapValues((x, y) -> Functions.list(list, y), n);
        return new Flow("stream", next, call.from().key(), "string");
    }

    private static Flow split(final Call call) {
        final Options o = call.o();
        final Named n = Common.named(o);
        BranchedKStream<Object, Object> split = n == null ? stream(call).split() : stream(call).split(n);
        final Map<String, KStream<Object, Object>> found = new LinkedHashMap<>();
        for (final Options branch : o.objects("branches")) {
            final String name = branch.text("name");
            split = split.branch(Functions.predicate(branch.text("predicate")), Branched.<Object, Object>as(name).withConsumer(x -> found.put(name, x), name));
            branch.done();
        }
        if (o.has("default")) {
            final String name = o.text("default");
            split.defaultBranch(Branched.<Object, Object>as(name).withConsumer(x -> found.put(name, x), name));
        } else {
            split.noDefaultBranch();
        }
        found.forEach((name, stream) -> call.plan().put(call.id() + "." + name, call.from().as("stream", stream)));
        return null;
    }

    private static Flow merge(final Call call) {
        final Named n = Common.named(call.o());
        final KStream<Object, Object> other = call.plan().flow(call.o().text("with"), "stream").get();
        return call.from().as("stream", n == null ? stream(call).merge(other) : stream(call).merge(other, n));
    }

    private static Flow repartition(final Call call) {
        final Options o = call.o();
        Repartitioned<Object, Object> r = Repartitioned.with(SerdesByName.serde(call.from().key()), SerdesByName.serde(call.from().value()));
        if (o.has("name")) r = r.withName(o.text("name"));
        if (o.has("partitions")) r = r.withNumberOfPartitions((int) o.number("partitions"));
        if (o.has("partitioner")) r = r.withStreamPartitioner(Functions.partitioner(o.text("partitioner")));
        return call.from().as("stream", stream(call).repartition(r));
    }

    private static Flow to(final Call call) {
        final Options o = call.o();
        Produced<Object, Object> produced = Produced.with(SerdesByName.serde(call.from().key()), SerdesByName.serde(call.from().value()));
        if (o.has("name")) produced = produced.withName(o.text("name"));
        if (o.has("partitioner")) produced = produced.withStreamPartitioner(Functions.partitioner(o.text("partitioner")));
        if (o.has("topic")) stream(call).to(o.text("topic"), produced);
        else stream(call).to(Functions.topicChoice(o.text("topicChoice")), produced);
        return null;
    }

    private static Flow toTable(final Call call) {
        final Named n = Common.named(call.o());
        final Materialized m = Common.materialized(call);
        final KStream s = stream(call);
        if (m == null) return call.from().as("table", n == null ? s.toTable() : s.toTable(n));
        return call.from().as("table", n == null ? s.toTable(m) : s.toTable(n, m));
    }

    private Streams() { }
}
