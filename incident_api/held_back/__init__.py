"""What detection holds back: exceptions, suppressions and alerts that could not be taken in, as the correlator tells them."""
