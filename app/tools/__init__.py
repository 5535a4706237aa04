"""Commands of `hotline` that are not servers, one file each, loaded when called."""
