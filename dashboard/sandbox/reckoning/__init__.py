"""What things cost: the arithmetic of prices, periods, discounts and taxes, without any objects."""
