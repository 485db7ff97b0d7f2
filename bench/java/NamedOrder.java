import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.apache.kafka.common.serialization.Serde;

/** What the joins with customers make of an order. */
@JsonPropertyOrder({"customer", "name", "tier", "item", "amount", "ts"})
public final class NamedOrder {
    static final Serde<NamedOrder> SERDE = new JsonSerde<>(NamedOrder.class);

    public String customer;
    public String name;
    public String tier;
    public String item;
    public long amount;
    public long ts;

    static NamedOrder of(final Order order, final Customer customer) {
        final NamedOrder named = new NamedOrder();
        named.customer = order.customer;
        named.name = customer.name;
        named.tier = customer.tier;
        named.item = order.item;
        named.amount = order.amount;
        named.ts = order.ts;
        return named;
    }
}
