"""The product health index beside single indicators, on warehouses of sample companies."""
