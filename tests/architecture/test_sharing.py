from tests.sharing import shares_of


def test_a_file_is_one_share_in_each_place_where_it_stands():
    shares = shares_of(
        [
            *(
                "tests/leads/test_a.py::one",
                "tests/leads/test_a.py::two",
                "tests/leads/test_b.py::one",
            ),
            *("tests/faults/test_c.py::one", "tests/faults/test_d.py::one"),
            "tests/leads/test_a.py::with_transactions",
        ]
    )

    one, two, other, fault, also, late = shares.values()
    assert one == two
    assert fault == also
    assert len({one, other, fault, late}) == 4


def test_each_test_of_a_large_file_is_a_share_of_its_own():
    shares = shares_of(["tests/rights/test_matrix.py::one", "tests/rights/test_matrix.py::two"])

    assert len(set(shares.values())) == 2
