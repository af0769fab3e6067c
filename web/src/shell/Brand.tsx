import classes from "./Brand.module.css";

/** The shield, and the name of the product, which is the same in every language. */
export function Brand() {
  return (
    <span className={classes.brand} translate="no">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <path className={classes.field} d="M16 2 4 6v9c0 7.5 5 12.600 12 15 7-2.400 12-7.500 12-15V6z" />
        <path className={classes.half} d="M16 7.200 8.500 9.700v5.800c0 4.600 2.900 8 7.500 9.900z" />
      </svg>
      <span>{NAME}</span>
    </span>
  );
}

const NAME = "Khiên";
