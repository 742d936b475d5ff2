"""Reading ink: from a drawing to digits and to what networks make of them."""
