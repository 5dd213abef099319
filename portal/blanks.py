"""What counts as a blank here. `\\s` differs between Python and JavaScript, so both sides use this written list."""

BLANK = r"\t-\r \x85\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff"
