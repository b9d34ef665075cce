"""What every model card says alike: uses, data, limits, how its figures were made."""

from __future__ import annotations

from fer_core.data.split import FER2013_URL

#: How the deviations begin that say so.
EARLY_STOPPING_ENDED = "Early stopping ended"
BEGAN_WITH_WEIGHTS = "It began with the weights of"

#: What no model here is for: one wording, wherever it is said.
NOT_FOR = "hiring, policing, diagnosis, or the monitoring of workplaces or classrooms"

INTENDED_USE = f"""\
## Intended use

Comparing facial-expression models, teaching how such models fail, and playful demonstrations with the
consent of everyone in the picture.

## Out of scope

An expression is not a feeling: the model names what a posed or searched photograph was labelled, not what
a person feels. It is not for {NOT_FOR},
nor for any decision about a person.
"""

DATA = f"""\
## Data

[FER2013]({FER2013_URL}): 35,887 grey faces of 48 x 48 pixels found by web
search, labelled with one of seven emotions. People agree with its labels on roughly two faces in three.
PrivateTest holds exact pixel copies of training pictures; the *clean* figures leave them out.
"""

OTHER_DATA = """\
## Data

{dataset}. Figures on these pictures say nothing about any other data set.
"""

OTHER_LIMITS = """\
## Limits

- Its figures rest on the pictures named above alone.
- Grey 48 x 48 crops in, seven probabilities out: a picture without a face is answered as well.
"""

LIMITS = """\
## Limits

- Low-resolution, mostly frontal faces from a web search: ages, skin tones and cultures are not balanced, and
  the data set carries no such labels, so fairness across groups could not be measured.
- Disgust is rare (about 1.5 % of the faces): its figures rest on few pictures.
- Many labels are disputable, and some identical pictures carry different ones.
- Grey 48 x 48 crops in, seven probabilities out: a picture without a face is answered as well.
"""

#: Of a model that takes other faces than FER2013 has.
ENLARGED = """\
- It takes {faces}; here it was judged on grey ones of 48 x 48, brought to that size. On pictures as
  sharp as those it learnt from it may do better.
"""

FIGURES_NOTE = """\
Measured with {source}; the brackets hold the 95 % interval (Wilson). Choices
were made on PublicTest alone; the figures are of PrivateTest."""

#: In the place of FIGURES_NOTE where the model was trained elsewhere.
BROUGHT_NOTE = """\
Measured with {source}; the brackets hold the 95 % interval (Wilson). It was trained elsewhere: if
faces of these splits were among those it learnt from, the figures flatter it."""

LICENCE = """\
The model file and its card are under the MIT licence."""

#: In its place where there is a recipe alone.
RECIPE_LICENCE = """\
The recipe and its card are under the MIT licence."""

#: In the place of LICENCE where the model was trained elsewhere.
BROUGHT_LICENCE = """\
The model file is its owner's: ask where it comes from under which licence it may be used."""

DATA_TERMS = """\
FER2013 was gathered by web search for a contest (Goodfellow et al., 2013): nobody in the pictures was asked, and no
right to them comes with the set. Use models that learnt from it for research, teaching and demonstrations; for anything
else, clear it first."""
