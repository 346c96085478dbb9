/**
 * Units of sizes, for constants whose names say what they count.
 */
export const MIB = 1024 * 1024;
