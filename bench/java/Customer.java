import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.apache.kafka.common.serialization.Serde;

/** A customer as it is in its topic. */
@JsonPropertyOrder({"id", "name", "city", "tier", "since", "email"})
public final class Customer {
    static final Serde<Customer> SERDE = new JsonSerde<>(Customer.class);

    public String id;
    public String name;
    public String city;
    public String tier;
    public int since;
    public String email;
}
