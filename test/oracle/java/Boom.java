package oracle;

/** What functions of the registry throw on purpose. */
final class Boom extends RuntimeException {
    private static final long serialVersionUID = 1;

    Boom() {
        super("boom");
    }
}
